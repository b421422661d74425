"""What `ontology check` proves of rule rows: their examples, cues, numbers and senses."""
