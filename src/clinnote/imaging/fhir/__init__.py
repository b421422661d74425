"""FHIR ImagingStudy, Observation and BodyStructure, R4 and R5."""
