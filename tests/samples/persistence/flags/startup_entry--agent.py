import os, subprocess
plist = os.path.expanduser('~/Library/LaunchAgents/com.example.agent.plist')
with open(plist, 'w') as handle:
    handle.write('<plist></plist>')
subprocess.run(['launchctl', 'load', plist])
