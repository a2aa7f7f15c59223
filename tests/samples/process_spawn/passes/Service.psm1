function Restart-App {
    Get-Service app | Restart-Service
    if ((Get-Service app).Status -ne "Running") { throw "app does not start" }
}
