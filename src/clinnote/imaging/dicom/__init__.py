"""DICOM objects: elements, headers, structured reports, segmentations, structure sets, presentation states."""
