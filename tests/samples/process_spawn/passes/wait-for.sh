#!/bin/bash
until (echo > /dev/tcp/"$HOST"/"$PORT") 2>/dev/null; do sleep 1; done
systemctl restart app
nohup ./server --port "$PORT" &
