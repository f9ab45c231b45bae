/* Wall time and memory of programs: posix_spawn to wait4, round by round, so that a noisy moment hits all alike.
 *
 * spawn ROUNDS {NAME STDIN FOLDER PROGRAM ARGUMENT… ";"}…
 * STDIN is a file; FOLDER, unless "-", is emptied of its files before each run; standard output goes to /dev/null.
 * A line for each: NAME, then median, 10th and 90th percentile and least in microseconds, largest resident set in KiB. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct command { char *name, *input, *folder, **words; double *times; long memory; };

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void empty(const char *folder) {
    DIR *open = opendir(folder);
    struct dirent *item;
    if (!open) return;
    while ((item = readdir(open)))
        if (item->d_name[0] != '.') unlinkat(dirfd(open), item->d_name, 0);
    closedir(open);
}

static void once(struct command *command, int round) {
    posix_spawn_file_actions_t actions;
    struct timespec begun, ended;
    struct rusage usage;
    int status;
    pid_t process;
    if (strcmp(command->folder, "-")) empty(command->folder);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, command->input, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    if (posix_spawnp(&process, command->words[0], &actions, NULL, command->words, environ)) {
        fprintf(stderr, "spawn: %s cannot be started\n", command->words[0]);
        exit(1);
    }
    wait4(process, &status, 0, &usage);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    posix_spawn_file_actions_destroy(&actions);
    if (status) {
        fprintf(stderr, "spawn: %s ended with %x\n", command->name, status);
        exit(1);
    }
    if (usage.ru_maxrss > command->memory) command->memory = usage.ru_maxrss;
    if (round >= 0)
        command->times[round] = (ended.tv_sec - begun.tv_sec) * 1e6 + (ended.tv_nsec - begun.tv_nsec) / 1e3;
}

int main(int count, char **words) {
    struct command commands[64] = {{0}};
    int rounds = atoi(words[1]), known = 0;
    for (int at = 2; at < count && known < 64; at++) {
        struct command *command = &commands[known++];
        command->name = words[at], command->input = words[at + 1], command->folder = words[at + 2];
        command->words = words + at + 3;
        command->times = calloc(rounds, sizeof(double));
        while (at < count && strcmp(words[at], ";")) at++;
        if (at < count) words[at] = NULL;
    }
    for (int round = -3; round < rounds; round++) {
        /* Shuffled, for whoever runs after its like finds warm caches. */
        int order[64];
        for (int at = 0; at < known; at++) order[at] = at;
        for (int at = known - 1; at > 0; at--) {
            int other = rand() % (at + 1), moved = order[at];
            order[at] = order[other], order[other] = moved;
        }
        for (int at = 0; at < known; at++) once(&commands[order[at]], round);
    }
    for (int at = 0; at < known; at++) {
        double *times = commands[at].times;
        qsort(times, rounds, sizeof *times, by_value);
        printf("%s\t%.1f\t%.1f\t%.1f\t%.1f\t%ld\n", commands[at].name, times[rounds / 2], times[rounds / 10],
               times[rounds * 9 / 10], times[0], commands[at].memory);
    }
    return 0;
}
