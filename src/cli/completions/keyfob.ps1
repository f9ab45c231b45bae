# Completion of keyfob for PowerShell: keyfob completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName keyfob -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    # PowerShell drops an empty argument on its way to a program.
    $last = if ($wordToComplete) { @("$wordToComplete") } else { @() }
    $new = if ($wordToComplete) { @() } else { @('--new') }
    $program = "$($commandAst.CommandElements[0])"
    & $program complete @new '--' @words @last 2>$null | ForEach-Object {
        $name, $about = $_ -split "`t", 2
        if (-not $about) { $about = $name }
        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)
    }
}
