# Completion of keyfob for bash: keyfob completions bash > ~/.local/share/bash-completion/completions/keyfob
_keyfob() {
    local IFS=$' \t\n' line="${COMP_LINE:0:COMP_POINT}" words word last prefix
    read -ra words <<<"$line"
    case $line in *[[:space:]]) words+=("") ;; esac
    last=$((${#words[@]} - 1))
    word="${words[last]}"
    IFS=$'\n'
    COMPREPLY=($("$1" complete -- "${words[@]:1}" 2>/dev/null | cut -f1))
    # Bash has split the word at = and : already.
    last="${word//*=/}"
    last="${last//*:/}"
    prefix="${word%"$last"}"
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    case "${COMPREPLY[0]-}" in *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -o default -F _keyfob keyfob
