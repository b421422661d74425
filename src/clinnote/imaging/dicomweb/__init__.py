"""A PACS over DICOMweb: addresses, requests, multipart answers, DICOM JSON."""
