/* Starts a Windows program with variables that Wine itself would set anew: each `WIN_NAME=VALUE` of the environment becomes `NAME=VALUE`,
 * an empty value removes NAME. The command line after the first word is the program's; its exit status is ours.
 * With `--hold` alone it waits for the end of its input: while a program runs, Wine need not start anew. */
#include <windows.h>
#include <wchar.h>

/* Ctrl-C is the program's. */
static BOOL WINAPI stay(DWORD event) {
    (void)event;
    return TRUE;
}

int wmain(void) {
    LPWCH block = GetEnvironmentStringsW();
    for (LPWCH entry = block; *entry; entry += wcslen(entry) + 1) {
        LPWCH value = wcschr(entry + 1, L'=');
        if (wcsncmp(entry, L"WIN_", 4) != 0 || value == NULL) continue;
        WCHAR name[128];
        size_t length = (size_t)(value - entry) - 4;
        if (length >= 128) return 125;
        wmemcpy(name, entry + 4, length);
        name[length] = 0;
        SetEnvironmentVariableW(name, value[1] ? value + 1 : NULL);
        WCHAR own[136] = L"WIN_";
        wcscat(own, name);
        SetEnvironmentVariableW(own, NULL);
    }
    LPWSTR line = GetCommandLineW();
    if (*line == L'"') { line = wcschr(line + 1, L'"'); if (line) line++; }
    else line = wcspbrk(line, L" \t");
    while (line && (*line == L' ' || *line == L'\t')) line++;
    if (line == NULL || !*line) return 125;
    if (wcscmp(line, L"--hold") == 0) {
        char byte;
        DWORD length;
        while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &byte, 1, &length, NULL) && length > 0) { }
        return 0;
    }
    SetConsoleCtrlHandler(stay, TRUE);
    STARTUPINFOW start;
    PROCESS_INFORMATION child;
    ZeroMemory(&start, sizeof start);
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child)) return 126;
    DWORD status = 124;
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &status);
    return (int)status;
}
