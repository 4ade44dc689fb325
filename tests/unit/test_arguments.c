/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

#include "app/arguments.h"

static int run_nothing(const struct arguments *arguments)
{
    (void)arguments;
    return 0;
}

static const struct command TABLE[] = {
    { .name = "run", .summary = "", .examples = "", .run = run_nothing },
    { .name = "tail", .summary = "", .examples = "", .operand = "TOPIC",
      .options = OPTION_FROM_START | OPTION_COUNT, .run = run_nothing },
    { .name = "topics", .summary = "", .examples = "", .verbs = "plan apply",
      .options = OPTION_JSON | OPTION_PARTITIONS, .run = run_nothing },
    { .name = "explain", .summary = "", .examples = "", .operand = "SKU",
      .options = OPTION_PROMISE | OPTION_JSON, .run = run_nothing },
    { .name = "version", .summary = "", .examples = "", .run = run_nothing },
    { .name = NULL },
};

static enum status parse(struct arguments *arguments, struct failure *failure, int count, ...)
{
    char *texts[16] = { (char[]){ "promised" } };
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        texts[i + 1] = va_arg(list, char *);
    }
    va_end(list);
    return arguments_parse(count + 1, texts, TABLE, arguments, failure);
}

static void assert_refused(const char *word, enum status status, const struct failure *failure)
{
    cr_assert_eq(status, STATUS_USAGE);
    cr_assert(strstr(failure->text, word), "'%s' lacks '%s'", failure->text, word);
}

Test(arguments, options_may_stand_before_and_behind_the_operand)
{
    static struct arguments arguments;
    struct failure failure;

    const enum status status = parse(&arguments, &failure, 6, "tail", "--from-start", "rejects.v1",
                                     "--count", "5", "--kafka.brokers=a:1");

    cr_assert_eq(status, STATUS_OK, "%s", failure.text);
    cr_assert_str_eq(arguments.operand, "rejects.v1");
    cr_assert(arguments.from_start);
    cr_assert_eq(arguments.count, 5);
    cr_assert_eq(arguments.override_count, 1);
    cr_assert_str_eq(arguments.overrides[0].path, "kafka.brokers");
    cr_assert_str_eq(arguments.overrides[0].value, "a:1");
}

Test(arguments, librdkafka_settings_are_given_as_name_and_value)
{
    static struct arguments arguments;
    struct failure failure;

    const enum status status = parse(&arguments, &failure, 3, "run", "--kafka.properties",
                                     "security.protocol=SSL");

    cr_assert_eq(status, STATUS_OK, "%s", failure.text);
    cr_assert_str_eq(arguments.overrides[0].path, "kafka.properties.security.protocol");
    cr_assert_str_eq(arguments.overrides[0].value, "SSL");
}

Test(arguments, what_is_not_known_or_missing_is_refused_with_the_way_to_help)
{
    static struct arguments arguments;
    struct failure failure;

    assert_refused("--help", parse(&arguments, &failure, 0), &failure);
    assert_refused("fly", parse(&arguments, &failure, 1, "fly"), &failure);
    assert_refused("--workerz", parse(&arguments, &failure, 2, "run", "--workerz"), &failure);
    assert_refused("--partitions", parse(&arguments, &failure, 3, "run", "--partitions", "3"),
                   &failure);
    assert_refused("plan apply", parse(&arguments, &failure, 1, "topics"), &failure);
    assert_refused("TOPIC", parse(&arguments, &failure, 1, "tail"), &failure);
    assert_refused("extra", parse(&arguments, &failure, 2, "run", "extra"), &failure);
    assert_refused("0", parse(&arguments, &failure, 4, "topics", "plan", "--partitions", "0"),
                   &failure);
    assert_refused("--count", parse(&arguments, &failure, 3, "tail", "a", "--count"), &failure);
}

Test(arguments, help_needs_neither_verb_nor_operand)
{
    static struct arguments arguments;
    struct failure failure;

    cr_assert_eq(parse(&arguments, &failure, 2, "topics", "--help"), STATUS_OK);
    cr_assert(arguments.help);
    cr_assert_eq(parse(&arguments, &failure, 1, "--help"), STATUS_OK);
    cr_assert(arguments.help);
    cr_assert_null(arguments.command);
}

Test(arguments, a_promise_is_asked_for_by_network_zone_service_and_quantity)
{
    static struct arguments arguments;
    struct failure failure;

    const enum status status = parse(&arguments, &failure, 9, "explain", "A-1", "--network", "web",
                                     "--zone", "DE-1", "--service=express", "--quantity", "3",
                                     "--json");

    cr_assert_eq(status, STATUS_OK, "%s", failure.text);
    cr_assert_str_eq(arguments.operand, "A-1");
    cr_assert_str_eq(arguments.network, "web");
    cr_assert_str_eq(arguments.zone, "DE-1");
    cr_assert_str_eq(arguments.service, "express");
    cr_assert_eq(arguments.quantity, 3);
}

Test(arguments, a_quantity_of_nothing_and_an_empty_zone_are_refused)
{
    static struct arguments arguments;
    struct failure failure;

    assert_refused("not a value", parse(&arguments, &failure, 4, "explain", "A", "--quantity", "0"),
                   &failure);
    assert_refused("not a value", parse(&arguments, &failure, 4, "explain", "A", "--zone", ""),
                   &failure);
    assert_refused("not an option", parse(&arguments, &failure, 3, "tail", "x", "--zone=DE"),
                   &failure);
}
