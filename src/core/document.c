/* SPDX-License-Identifier: Apache-2.0 */
#include "core/document.h"

const char *const AVAILABILITY_STATUS_NAMES[] = {
    [AVAILABILITY_OUT_OF_STOCK] = "out_of_stock", [AVAILABILITY_PREORDER] = "preorder",
    [AVAILABILITY_LOW_STOCK] = "low_stock",       [AVAILABILITY_IN_STOCK] = "in_stock",
    [AVAILABILITY_BACKORDER] = "backorder",
};

const char *const CONSTRAINT_NAMES[CONSTRAINT_COUNT] = {
    [CONSTRAINT_NONE] = "none",         [CONSTRAINT_SAFETY_STOCK] = "safety_stock",
    [CONSTRAINT_HELD] = "held",         [CONSTRAINT_CAPACITY] = "capacity",
    [CONSTRAINT_CUTOFF] = "cutoff",     [CONSTRAINT_STOCK] = "stock",
};

const char *const CAPACITY_UNIT_NAMES[] = {
    [CAPACITY_UNITS] = "units", [CAPACITY_LINES] = "lines", [CAPACITY_ORDERS] = "orders",
};

const char *const LINE_STATUS_NAMES[] = {
    [LINE_CANCELLED] = "cancelled",         [LINE_DELIVERED] = "delivered",
    [LINE_SHIPPED] = "shipped",             [LINE_SOURCING] = "sourcing",
    [LINE_UNFULFILLABLE] = "unfulfillable", [LINE_AT_RISK] = "at_risk",
    [LINE_BACKORDERED] = "backordered",     [LINE_PROMISED] = "promised",
};

const char *const ORDER_STATUS_NAMES[] = {
    [ORDER_OPEN] = "open",           [ORDER_PARTIALLY_SHIPPED] = "partially_shipped",
    [ORDER_SHIPPED] = "shipped",     [ORDER_DELIVERED] = "delivered",
    [ORDER_CANCELLED] = "cancelled",
};
