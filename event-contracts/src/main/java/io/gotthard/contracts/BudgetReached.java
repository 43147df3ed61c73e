package io.gotthard.contracts;

import java.time.Instant;

/**
 * The event {@code metering.budget.reached}: so much of a budget is used. Published in the JVM that noticed, by reference.
 *
 * @param kind {@code limit}, for money or whatever a limit allows in a day or month; or {@code wallet}, for its last top-up
 * @param id which limit or wallet, as in {@code lim_12}
 * @param tenant the tenant whose it is; empty if it is of none
 * @param percent 50, 80 or 100, of which each is said once; but again if much of it had become free in between
 * @param at when
 */
public record BudgetReached(String kind, String id, String tenant, int percent, Instant at) {

    /** Where it is published. */
    public static final String ADDRESS = "metering.budget.reached";
}
