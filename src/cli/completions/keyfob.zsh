#compdef keyfob
# Completion of keyfob for zsh: keyfob completions zsh > a file _keyfob in a folder of $fpath
_keyfob() {
    local line name
    local -a plain members
    for line in "${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        name="${line%%$'\t'*}"
        if [[ $name == *= ]]; then
            members+=("${name//:/\\:}:${line#*$'\t'}")
        else
            plain+=("${name//:/\\:}:${line#*$'\t'}")
        fi
    done
    if (( ! $#plain && ! $#members )); then
        _files
        return
    fi
    (( $#plain )) && _describe -t words word plain
    (( $#members )) && _describe -t members member members -S ''
    return 0
}
if [[ ${funcstack[1]} == _keyfob ]]; then
    _keyfob "$@"
else
    compdef _keyfob keyfob
fi
