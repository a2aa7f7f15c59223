function Invoke-Build {
    param([string] $Target = "all")
    $file = Join-Path $PSScriptRoot "build.json"
    $settings = Get-Content $file -Raw | ConvertFrom-Json
    & dotnet build $settings.$Target
}
Export-ModuleMember -Function Invoke-Build
