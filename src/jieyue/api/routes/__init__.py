"""One router per business."""
