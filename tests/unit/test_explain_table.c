/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "app/explain_table.h"
#include "app/top_table.h"

/* Text written to memory, which is never a terminal. */
struct scene {
    char *text;
    size_t count;
    FILE *stream;
    struct pretty pretty;
};

static struct scene *scene_new(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    scene->stream = open_memstream(&scene->text, &scene->count);
    scene->pretty = pretty_open(scene->stream, NULL);
    return scene;
}

static const char *text_of_scene(struct scene *scene)
{
    cr_assert_eq(fflush(scene->stream), 0);
    return scene->text;
}

static void scene_end(struct scene *scene)
{
    (void)fclose(scene->stream);
    free(scene->text);
    free(scene);
}

static void assert_has(struct scene *scene, const char *text)
{
    cr_assert(strstr(text_of_scene(scene), text), "lacks '%s':\n%s", text, scene->text);
}

/* Characters, not bytes, of the widest line. */
static int widest(const char *text)
{
    int most = 0;
    int width = 0;
    for (; *text != '\0'; text++) {
        width = *text == '\n' ? 0 : width + (((unsigned char)*text & 0xC0) != 0x80);
        most = width > most ? width : most;
    }
    return most;
}

static const char ANSWER[] =
    "{'sku':'A-1','network':'web','quantity':30,'version':77,'now':'2026-11-20T10:00:00.000Z',"
    "'sold':true,'discontinued':false,'preorder_from':null,"
    "'valid_until':'2026-11-20T14:00:00.000Z','explanations':[{'zones':['DE-1','DE-2'],"
    "'service':'standard','order':{'ship_on':'2026-11-23','by':'2026-11-25'},"
    "'offers':[{'quantity':20,'ship_on':'2026-11-20','from':'2026-11-23','by':'2026-11-24',"
    "'location':'Leipzig'},{'quantity':null,'ship_on':'2026-11-23','from':'2026-11-24',"
    "'by':'2026-11-25','location':'Leipzig'}],"
    "'limited_by':{'constraint':'capacity','location':'Leipzig','days':1},"
    "'constraints':[{'constraint':'safety_stock','by':'2026-11-25','days':0,'location':'Leipzig'},"
    "{'constraint':'capacity','by':'2026-11-24','days':1,'location':'Leipzig'},"
    "{'constraint':'stock','by':null,'days':0,'location':null}],'waiting':4,"
    "'locations':[{'location':'Leipzig','source':true,'reason':'source','units':30,"
    "'units_by':30,'first_by':'2026-11-24','alone_by':'2026-11-25','on_hand':90,'held':2,"
    "'safety_stock':5,'allocated':1234567890,'free':-1234567807,"
    "'inbound':[{'sku':'A-1','inbound_id':'PO-1','quantity':1500000,'eta':'2026-12-01',"
    "'overdue':false,'usable_on':'2026-12-02'}],'made_on':null,'ships_on':'2026-11-20',"
    "'unit':'units','remaining':20,'from':'2026-11-23','by':'2026-11-24','cost':490,"
    "'priority':10},"
    "{'location':'Ein Lager mit sehr langem N\\u00e4men','reason':'not_enough','units':0,"
    "'units_by':3,'first_by':'2026-11-24','alone_by':null,'on_hand':3,'held':0,'safety_stock':0,"
    "'allocated':0,'free':3,'inbound':[],'made_on':null,'ships_on':'2026-11-20','unit':'units',"
    "'remaining':null,'from':'2026-11-23','by':'2026-11-24','cost':690,'priority':20},"
    "{'location':'Off','reason':'disabled','units':0,'units_by':0,'inbound':[],'ships_on':null}]}],"
    "'more':2,'events':[{'topic':'stock.movements.v1','partition':3,'offset':1774,"
    "'type':'stock.received','time':'2026-11-19T08:00:00.000Z'}]}";

/* JSON with ' for ", so that it can be read here. */
static json_t *parse(const char *text)
{
    char *quoted = strdup(text);
    for (char *at = quoted; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_error_t error;
    json_t *value = json_loads(quoted, 0, &error);
    cr_assert(value, "%s at %d", error.text, error.position);
    free(quoted);
    return value;
}

Test(explain_table, says_when_an_order_arrives_and_what_is_in_the_way)
{
    struct scene *scene = scene_new();
    json_t *answer = parse(ANSWER);

    cr_assert(explain_table_write(&scene->pretty, answer));

    assert_has(scene, "A-1  network web, quantity 30  as of 2026-11-20T10:00:00.000Z, sequence 77");
    assert_has(scene, "to DE-1, DE-2 by standard");
    assert_has(scene, "an order of 30 now arrives by 2026-11-25, ships on 2026-11-23");
    assert_has(scene, "4 units of earlier orders come first");
    assert_has(scene, "no limit 2026-11-23");
    assert_has(scene, "capacity      1 day earlier: 2026-11-24 from Leipzig");
    assert_has(scene, "safety_stock  costs nothing");
    assert_has(scene, "stock         no date even without it");
    json_decref(answer);
    scene_end(scene);
}

Test(explain_table, says_of_each_location_whether_it_ships_and_why_not)
{
    struct scene *scene = scene_new();
    json_t *answer = parse(ANSWER);

    cr_assert(explain_table_write(&scene->pretty, answer));

    assert_has(scene, "ships 30 of 30 (cost 490, priority 10)");
    assert_has(scene, "1.50M on 2026-12-02");
    assert_has(scene, "not enough: 3 of 30 by 2026-11-25; never all");
    assert_has(scene, "switched off");
    assert_has(scene, "stock.received       2026-11-19T08:00:00.000Z stock.movements.v1, "
                      "partition 3, offset 1774");
    assert_has(scene, "2 more: narrow it");
    json_decref(answer);
    scene_end(scene);
}

Test(explain_table, fits_100_columns_without_colours_where_it_is_no_terminal)
{
    struct scene *scene = scene_new();
    json_t *answer = parse(ANSWER);

    cr_assert(explain_table_write(&scene->pretty, answer));

    const char *text = text_of_scene(scene);
    cr_assert_leq(widest(text), PRETTY_COLUMNS, "%d:\n%s", widest(text), text);
    cr_assert_null(strchr(text, '\033'));
    assert_has(scene, "Ein Lager mit… ");
    json_decref(answer);
    scene_end(scene);
}

Test(explain_table, another_answer_is_not_taken)
{
    struct scene *scene = scene_new();
    json_t *answer = parse("{'error':'no'}");

    cr_assert_not(explain_table_write(&scene->pretty, answer));
    cr_assert_not(explain_table_write(&scene->pretty, NULL));

    cr_assert_str_empty(text_of_scene(scene));
    json_decref(answer);
    scene_end(scene);
}

static const char STATUS[] =
    "{'version':'0.1.0','group':'promised','owner':'10.0.0.1:8180','uptime_seconds':75.2,"
    "'ready':false,'checks':[{'name':'caught_up','passed':false,'detail':'12 behind'}],"
    "'writer':true,'sequence':12345678,'replica_lag_entries':3,'due_keys':4,"
    "'shown_sequence':12345670,'swept_sequence':12345000,'swept_lag_seconds':0.25,"
    "'lag_seconds':2.5,'newest_event_age_seconds':0.004,'owned_partitions':[0,1],"
    "'output_partitions':8,'events_per_second':31495.4,'documents_per_second':20001.0,"
    "'latency_seconds':{'p50':0.004,'p99':0.0204},'promise_days_lost':{'capacity':120,"
    "'cutoff':0},'inputs':[{'lag_records':5},{'lag_records':-1},{'lag_records':6}],"
    "'snapshots':[{'age_seconds':null},{'age_seconds':4.2}],"
    "'capacity':[{'location':'PLANT03','unit':'units','planned':1013,'used':1520,'ratio':1.5005}],"
    "'capacity_locations':1,'busy_items':[{'sku':'A-1','changes_per_minute':600}]}";

Test(top_table, shows_flow_lag_freshness_days_lost_and_capacity)
{
    struct scene *scene = scene_new();
    json_t *status = parse(STATUS);

    cr_assert(top_table_write(&scene->pretty, status));

    assert_has(scene, "not ready   promised   10.0.0.1:8180   writer   up 75.2 s");
    assert_has(scene, "caught_up: 12 behind");
    assert_has(scene, "31,495 events/s   20,001 documents/s   latency p50 4 ms, p99 20 ms");
    assert_has(scene, "2.5 s, 11 records   journal 3 entries behind");
    assert_has(scene, "sequence 12,345,678, events to 12,345,670, the rest to 12,345,000");
    assert_has(scene, "snapshot 4.2 s old");
    assert_has(scene, "days lost  capacity 120\n");
    assert_has(scene, "#################### 150 %  1,520 of 1,013 units today");
    assert_has(scene, "A-1                  600 changes a minute");
    cr_assert_leq(widest(scene->text), PRETTY_COLUMNS, "%s", scene->text);
    json_decref(status);
    scene_end(scene);
}

Test(pretty, numbers_are_grouped_and_shortened_where_they_are_too_wide)
{
    char text[PRETTY_NUMBER_BYTES];

    cr_assert_str_eq(pretty_number(0, 5, text), "0");
    cr_assert_str_eq(pretty_number(999, 5, text), "999");
    cr_assert_str_eq(pretty_number(-1234, 6, text), "-1,234");
    cr_assert_str_eq(pretty_number(1234567, 9, text), "1,234,567");
    cr_assert_str_eq(pretty_number(1234567, 8, text), "1.23M");
    cr_assert_str_eq(pretty_number(-123456, 6, text), "-123k");
    cr_assert_str_eq(pretty_number(INT64_C(1000000000000), 6, text), "1.00T");
}

Test(pretty, spans_of_time_are_told_in_the_unit_that_fits)
{
    char text[PRETTY_NUMBER_BYTES];

    cr_assert_str_eq(pretty_seconds(0, text), "0 ms");
    cr_assert_str_eq(pretty_seconds(0.25, text), "250 ms");
    cr_assert_str_eq(pretty_seconds(75, text), "75.0 s");
    cr_assert_str_eq(pretty_seconds(7200, text), "2 h");
    cr_assert_str_eq(pretty_seconds(-1, text), "-");
}
