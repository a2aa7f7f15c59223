Add-MpPreference -ExclusionPath C:\build
