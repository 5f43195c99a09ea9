#!/bin/sh
# Tells the world; nobody can take it back.
echo "$HEDDLE_PARTITION $1" >> "$HEDDLE_PROJECT/published"
