/* bench: what the measuring programs share: clocks, settings, arguments and the last words. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

struct rd_kafka_conf_s;
struct kc_config;

/* Wall time, and the processor time of this process (user and system). */
double bench_seconds(void);
double bench_cpu_seconds(void);

/* Prints "bench: WHAT: TEXT" and ends the process with status 1. */
_Noreturn void bench_die(const char *what, const char *text);

/* bootstrap.servers, then each NAME=VALUE; a setting that is refused ends the process. */
struct kc_config *bench_libclient_config(const char *servers, char **settings, int setting_count);
struct rd_kafka_conf_s *bench_librdkafka_config(const char *servers, char **settings,
                                                int setting_count);

#endif
