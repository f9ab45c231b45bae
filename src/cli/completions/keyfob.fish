# Completion of keyfob for fish: keyfob completions fish > ~/.config/fish/completions/keyfob.fish
function __keyfob_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l found ($words[1] complete -- $words[2..] "$last" 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path "$last"
    end
end
complete -c keyfob -f -a '(__keyfob_complete)'
