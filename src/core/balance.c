/* SPDX-License-Identifier: Apache-2.0 */
#include "core/balance.h"

#include "base/hash.h"
#include "base/quantity.h"

_Static_assert(sizeof(struct balance) == 144, "no hidden padding");
_Static_assert(sizeof(struct move) == 32, "no hidden padding");

void balances_init(struct balances *balances, struct arena *arena, struct arena *spill,
                   uint32_t balance_count_max, uint32_t demand_count_max)
{
    table_init(&balances->rows, arena, spill, sizeof(struct balance), balance_count_max);
    table_init(&balances->moves, arena, spill, sizeof(struct move), demand_count_max);
    table_init(&balances->demands, arena, spill, sizeof(struct demand), demand_count_max);
    map_init(&balances->by_item_and_location, arena, balance_count_max);
}

struct pair {
    uint32_t item;
    uint32_t location;
};

static bool same_pair(const void *owner, const void *key, uint32_t row)
{
    const struct balance *balance = balance_row(owner, row);
    const struct pair *pair = key;
    return balance->item == pair->item && balance->location == pair->location;
}

uint32_t balance_find(const struct balances *balances, uint32_t item, uint32_t location)
{
    const struct pair pair = { item, location };
    return map_find(&balances->by_item_and_location, hash_pair(item, location), same_pair, balances,
                    &pair);
}

uint32_t balance_add(struct balances *balances, uint32_t item, uint32_t location)
{
    CHECK(item != 0 && location != 0);
    const uint32_t row = table_add(&balances->rows);
    if (!row) {
        return 0;
    }
    struct balance *balance = balance_edit(balances, row);
    balance->item = item;
    balance->location = location;
    balance->count_time = TIME_NONE;
    balance->count_from = TIME_NONE;
    balance->edge = TIME_NONE;
    balance->newest = TIME_NONE;
    balance->frontier = UINT64_MAX;
    map_add(&balances->by_item_and_location, hash_pair(item, location), row);
    return row;
}

void balances_restored(struct balances *balances)
{
    for (uint32_t row = 1; row < balances->rows.row_count; row++) {
        if (table_has(&balances->rows, row)) {
            const struct balance *balance = balance_row(balances, row);
            map_add(&balances->by_item_and_location, hash_pair(balance->item, balance->location),
                    row);
        }
    }
}

const struct balance *balance_row(const struct balances *balances, uint32_t row)
{
    return table_row(&balances->rows, row);
}

struct balance *balance_edit(struct balances *balances, uint32_t row)
{
    return table_edit(&balances->rows, row);
}

/* ------------------------------------------------------------------ movements and counts */

static const struct move *move_row(const struct balances *balances, uint32_t row)
{
    return table_row(&balances->moves, row);
}

static struct move *move_edit(struct balances *balances, uint32_t row)
{
    return table_edit(&balances->moves, row);
}

static void unlink_move(struct balances *balances, struct balance *balance, uint32_t row)
{
    const struct move move = *move_row(balances, row);
    if (move.before) {
        move_edit(balances, move.before)->after = move.after;
    } else {
        balance->move_first = move.after;
    }
    if (move.after) {
        move_edit(balances, move.after)->before = move.before;
    } else {
        balance->move_last = move.before;
    }
    table_remove(&balances->moves, row);
    balance->move_count--;
}

/* Movements before `time_ns` are merged: they are in on_hand for good. */
static void merge_before(struct balances *balances, struct balance *balance, int64_t time_ns)
{
    while (balance->move_first && move_row(balances, balance->move_first)->time_ns < time_ns) {
        unlink_move(balances, balance, balance->move_first);
    }
}

/* Business time reaches `time_ns`: the window moves on, never back. */
static void observe(struct balances *balances, struct balance *balance, int64_t time_ns,
                    int64_t window_ns)
{
    if (time_ns > balance->newest) {
        balance->newest = time_ns;
        const int64_t edge = time_ns - window_ns;
        if (edge > balance->edge) {
            balance->edge = edge;
            merge_before(balances, balance, edge);
        }
    }
}

/* In the order of time; of equal times the later read comes behind. */
static void keep_move(struct balances *balances, struct balance *balance, int64_t time_ns,
                      int64_t quantity)
{
    const uint32_t row = table_add(&balances->moves);
    CHECK(row != 0);
    uint32_t before = balance->move_last;
    while (before && move_row(balances, before)->time_ns > time_ns) {
        before = move_row(balances, before)->before;
    }
    const uint32_t after = before ? move_row(balances, before)->after : balance->move_first;
    struct move *move = move_edit(balances, row);
    move->before = before;
    move->after = after;
    move->time_ns = time_ns;
    move->quantity = quantity;
    if (before) {
        move_edit(balances, before)->after = row;
    } else {
        balance->move_first = row;
    }
    if (after) {
        move_edit(balances, after)->before = row;
    } else {
        balance->move_last = row;
    }
    balance->move_count++;
}

void balance_move(struct balances *balances, uint32_t row, int64_t time_ns, int64_t quantity,
                  int64_t window_ns)
{
    struct balance *balance = balance_edit(balances, row);
    observe(balances, balance, time_ns, window_ns);
    if (time_ns < balance->count_from || quantity == 0) {
        return;
    }
    balance->on_hand = quantity_add(balance->on_hand, quantity);
    if (time_ns < balance->edge) {
        return;
    }
    keep_move(balances, balance, time_ns, quantity);
    if (balance->move_count > BALANCE_MOVES_MAX) {
        balance->edge = move_row(balances, balance->move_first)->time_ns + 1;
        merge_before(balances, balance, balance->edge);
    }
}

void balance_unmove(struct balances *balances, uint32_t row, int64_t time_ns, int64_t quantity)
{
    struct balance *balance = balance_edit(balances, row);
    if (time_ns < balance->count_from || quantity == 0) {
        return;
    }
    balance->on_hand = quantity_add(balance->on_hand, -quantity);
    for (uint32_t kept = balance->move_last; kept; kept = move_row(balances, kept)->before) {
        const struct move *move = move_row(balances, kept);
        if (move->time_ns == time_ns && move->quantity == quantity) {
            unlink_move(balances, balance, kept);
            return;
        }
    }
}

static int64_t sum_from(const struct balances *balances, const struct balance *balance,
                        int64_t time_ns)
{
    int64_t sum = 0;
    for (uint32_t row = balance->move_last; row; row = move_row(balances, row)->before) {
        if (move_row(balances, row)->time_ns < time_ns) {
            break;
        }
        sum = quantity_add(sum, move_row(balances, row)->quantity);
    }
    return sum;
}

static void count_holds(struct balances *balances, struct balance *balance, int64_t time_ns,
                        int64_t from, int64_t quantity)
{
    balance->on_hand = quantity_add(quantity, sum_from(balances, balance, from));
    balance->count_time = time_ns;
    balance->count_from = from;
    merge_before(balances, balance, from);
}

enum count_result balance_count(struct balances *balances, uint32_t row, int64_t time_ns,
                                int64_t quantity, int64_t window_ns)
{
    struct balance *balance = balance_edit(balances, row);
    if (time_ns < balance->edge) {
        if (balance->count_time > time_ns) {
            return COUNT_STALE;
        }
        count_holds(balances, balance, time_ns, balance->edge, quantity);
        return COUNT_LATE_BEYOND_WINDOW;
    }
    if (time_ns < balance->count_time) {
        return COUNT_OLDER;
    }
    count_holds(balances, balance, time_ns, time_ns, quantity);
    observe(balances, balance, time_ns, window_ns);
    return COUNT_APPLIED;
}

/* ------------------------------------------------------------------ the tree of demands (R6) */

/* A treap: by (number, row) it is a search tree, by the hash of both a heap, so its shape depends
 * on its content alone and stays O(log n) deep. */

const struct demand *demand_row(const struct balances *balances, uint32_t demand)
{
    return table_row(&balances->demands, demand);
}

static struct demand *demand_edit(struct balances *balances, uint32_t demand)
{
    return table_edit(&balances->demands, demand);
}

static uint64_t rank(const struct balances *balances, uint32_t row)
{
    return hash_pair(demand_row(balances, row)->number, row);
}

static bool demand_before(const struct balances *balances, uint32_t a, uint32_t b)
{
    const uint64_t number_a = demand_row(balances, a)->number;
    const uint64_t number_b = demand_row(balances, b)->number;
    return number_a != number_b ? number_a < number_b : a < b;
}

static int64_t sum_of(const struct balances *balances, uint32_t row)
{
    return row ? demand_row(balances, row)->sum : 0;
}

static uint32_t undated_of(const struct balances *balances, uint32_t row)
{
    return row ? demand_row(balances, row)->undated_below : 0;
}

static void sum_up(struct balances *balances, uint32_t row)
{
    struct demand *demand = demand_edit(balances, row);
    demand->sum = demand->units + sum_of(balances, demand->left) + sum_of(balances, demand->right);
    demand->undated_below = demand->undated + undated_of(balances, demand->left) +
                            undated_of(balances, demand->right);
}

/* Both trees as one; all of `low` is before all of `high`. */
static uint32_t join(struct balances *balances, uint32_t low, uint32_t high)
{
    if (!low || !high) {
        return low ? low : high;
    }
    const bool low_is_root = rank(balances, low) > rank(balances, high);
    const uint32_t root = low_is_root ? low : high;
    if (low_is_root) {
        const uint32_t right = join(balances, demand_row(balances, low)->right, high);
        demand_edit(balances, low)->right = right;
    } else {
        const uint32_t left = join(balances, low, demand_row(balances, high)->left);
        demand_edit(balances, high)->left = left;
    }
    sum_up(balances, root);
    return root;
}

/* Splits `root` into what is before `pivot` and what is behind it. */
static void split(struct balances *balances, uint32_t root, uint32_t pivot, uint32_t *out_low,
                  uint32_t *out_high)
{
    if (!root) {
        *out_low = 0;
        *out_high = 0;
        return;
    }
    uint32_t low;
    uint32_t high;
    if (demand_before(balances, root, pivot)) {
        split(balances, demand_row(balances, root)->right, pivot, &low, &high);
        demand_edit(balances, root)->right = low;
        *out_low = root;
        *out_high = high;
    } else {
        split(balances, demand_row(balances, root)->left, pivot, &low, &high);
        demand_edit(balances, root)->left = high;
        *out_low = low;
        *out_high = root;
    }
    sum_up(balances, root);
}

uint32_t demand_add(struct balances *balances, uint32_t balance_row_, uint32_t part,
                    uint64_t number)
{
    const uint32_t row = table_add(&balances->demands);
    CHECK(row != 0);
    struct demand *demand = demand_edit(balances, row);
    demand->balance = balance_row_;
    demand->part = part;
    demand->number = number;
    struct balance *balance = balance_edit(balances, balance_row_);
    uint32_t low;
    uint32_t high;
    split(balances, balance->demand_root, row, &low, &high);
    balance->demand_root = join(balances, join(balances, low, row), high);
    return row;
}

void demand_change(struct balances *balances, uint32_t row, int64_t by)
{
    const uint32_t balance = demand_row(balances, row)->balance;
    uint32_t at = balance_row(balances, balance)->demand_root;
    while (at != row) {
        CHECK(at != 0);
        struct demand *above = demand_edit(balances, at);
        above->sum += by;
        at = demand_before(balances, row, at) ? above->left : above->right;
    }
    struct demand *demand = demand_edit(balances, row);
    demand->units += by;
    demand->sum += by;
    CHECK(demand->units >= 0);
}

void demand_undated(struct balances *balances, uint32_t row, bool undated)
{
    if (demand_row(balances, row)->undated == undated) {
        return;
    }
    uint32_t at = balance_row(balances, demand_row(balances, row)->balance)->demand_root;
    for (;;) {
        struct demand *above = demand_edit(balances, at);
        above->undated_below += undated ? 1 : UINT32_MAX;
        if (at == row) {
            above->undated = undated;
            return;
        }
        at = demand_before(balances, row, at) ? above->left : above->right;
    }
}

bool demand_any_undated(const struct balances *balances, uint32_t balance)
{
    return undated_of(balances, balance_row(balances, balance)->demand_root) > 0;
}

uint32_t demand_next_undated(const struct balances *balances, uint32_t balance, uint64_t *number)
{
    uint32_t found = 0;
    uint32_t at = balance_row(balances, balance)->demand_root;
    /* Down to the left as long as something waits there; what was passed on the way is behind. */
    uint32_t passed[64];
    uint32_t depth = 0;
    while (!found && (at || depth > 0)) {
        if (!at) {
            const uint32_t up = passed[--depth];
            if (demand_row(balances, up)->undated && demand_row(balances, up)->number >= *number) {
                found = up;
            }
            at = demand_row(balances, up)->right;
            continue;
        }
        const struct demand *demand = demand_row(balances, at);
        if (demand->undated_below == 0) {
            at = 0;
        } else if (demand->number < *number) {
            at = demand->right;
        } else {
            CHECK(depth < sizeof passed / sizeof *passed);
            passed[depth++] = at;
            at = demand->left;
        }
    }
    if (found) {
        *number = demand_row(balances, found)->number + 1;
    }
    return found;
}

int64_t demand_ahead(const struct balances *balances, uint32_t row)
{
    uint32_t at = balance_row(balances, demand_row(balances, row)->balance)->demand_root;
    int64_t ahead = 0;
    while (at != row) {
        CHECK(at != 0);
        const struct demand *above = demand_row(balances, at);
        if (demand_before(balances, row, at)) {
            at = above->left;
        } else {
            ahead += above->units + sum_of(balances, above->left);
            at = above->right;
        }
    }
    return ahead + sum_of(balances, demand_row(balances, row)->left);
}

void demand_remove(struct balances *balances, uint32_t row)
{
    CHECK(demand_row(balances, row)->units == 0);
    demand_undated(balances, row, false);
    const struct demand gone = *demand_row(balances, row);
    const uint32_t below = join(balances, gone.left, gone.right);
    struct balance *balance = balance_edit(balances, gone.balance);
    if (balance->demand_root == row) {
        balance->demand_root = below;
    } else {
        uint32_t at = balance->demand_root;
        for (;;) {
            const bool left = demand_before(balances, row, at);
            struct demand *above = demand_edit(balances, at);
            uint32_t *child = left ? &above->left : &above->right;
            if (*child == row) {
                *child = below;
                break;
            }
            at = *child;
        }
    }
    table_remove(&balances->demands, row);
}

int64_t demand_sum(const struct balances *balances, uint32_t balance)
{
    return sum_of(balances, balance_row(balances, balance)->demand_root);
}

uint64_t demand_frontier(const struct balances *balances, uint32_t balance, int64_t covered)
{
    uint32_t at = balance_row(balances, balance)->demand_root;
    if (sum_of(balances, at) <= covered) {
        return UINT64_MAX;
    }
    int64_t left_over = covered;
    for (;;) {
        const struct demand *demand = demand_row(balances, at);
        const int64_t before = sum_of(balances, demand->left);
        if (before > left_over) {
            at = demand->left;
        } else if (before + demand->units > left_over) {
            return demand->number;
        } else {
            left_over -= before + demand->units;
            at = demand->right;
        }
    }
}

uint32_t demand_next(const struct balances *balances, uint32_t balance, uint64_t *number)
{
    uint32_t found = 0;
    for (uint32_t at = balance_row(balances, balance)->demand_root; at;) {
        const struct demand *demand = demand_row(balances, at);
        if (demand->number >= *number) {
            found = at;
            at = demand->left;
        } else {
            at = demand->right;
        }
    }
    if (found) {
        *number = demand_row(balances, found)->number + 1;
    }
    return found;
}
