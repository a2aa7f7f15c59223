#!/bin/sh
echo 'export PATH=$PATH:/opt/a/bin' >> ~/.bashrc
