/* Reads a file with the libconfig that is installed and prints the nanoseconds that the fastest of
   several reads took. */
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!file || fseek(file, 0, SEEK_END) != 0) return 2;
    long size = ftell(file);
    char *text = malloc((size_t)size + 1);
    rewind(file);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) return 2;
    text[size] = '\0';
    double best = 1e18;
    for (int run = 0; run < atoi(argv[2]); run++) {
        struct timespec begin, end;
        config_t config;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        config_init(&config);
        if (!config_read_string(&config, text)) return 1;
        clock_gettime(CLOCK_MONOTONIC, &end);
        config_destroy(&config);
        double took = (end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec);
        if (took < best) best = took;
    }
    printf("%.0f\n", best);
    return 0;
}
