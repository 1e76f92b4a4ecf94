"""The main job, played on the packaged app in the embedded cloud and checked from outside."""
