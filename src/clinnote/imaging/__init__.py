"""Image labels from DICOM SR, SEG, RTSTRUCT and image headers, boxes in CSV and COCO, and ready-made records."""
