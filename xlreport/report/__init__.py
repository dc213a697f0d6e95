"""The outputs: each turns examined files into text, JSON or marks for the annotated copy. No output knows another."""
