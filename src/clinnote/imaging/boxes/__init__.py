"""Boxes and masks in tables, COCO, Pascal VOC and YOLO files."""
