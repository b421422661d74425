"""Label Studio: labelling interface, tasks, predictions, annotations."""
