package io.gotthard.platform;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ledger as its tables have it, read behind the platform's back and with questions of our own: what the platform says of itself is
 * another thing.
 *
 * @param url the database
 */
record Ledger(String url) {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    /** How requests end: see the comment in the ledger's schema. */
    static final int SETTLED = 1;

    static final int RELEASED = 2;
    static final int UNKNOWN = 3;

    /** A final entry. */
    record Charge(String requestId, int outcome, int counted, long reserved, long amount, long writtenOff) {}

    /** The charges of each of these requests. */
    Map<String, List<Charge>> charges(Collection<String> requestIds) {
        var found = new HashMap<String, List<Charge>>();
        requestIds.forEach(id -> found.put(id, new ArrayList<>()));
        ask(
                "select request_id, outcome, counted, reserved, amount, written_off from metering.charges where"
                        + " request_id = any (?)",
                row -> found.get(row.getString(1))
                        .add(new Charge(
                                row.getString(1),
                                row.getInt(2),
                                row.getInt(3),
                                row.getLong(4),
                                row.getLong(5),
                                row.getLong(6))),
                (Object[]) requestIds.toArray(String[]::new));
        return found;
    }

    /** The one charge of a request; waits for it. */
    Charge charge(String requestId) {
        Await.until(
                "a charge of " + requestId,
                () -> !charges(List.of(requestId)).get(requestId).isEmpty());
        var found = charges(List.of(requestId)).get(requestId);
        if (found.size() != 1) {
            throw new AssertionError("more than one: " + found);
        }
        return found.getFirst();
    }

    /** Reservations that nothing ended yet. */
    long open() {
        return number("""
            select count(*) from metering.batches b cross join unnest(b.seqs) as r (seq)
            where not exists (select from metering.charges c where c.node = b.node and c.seq = r.seq)
            """);
    }

    /** Nodes that have neither ended nor been cleared up after. */
    long nodes() {
        return number("select count(*) from metering.nodes where ended_at is null");
    }

    /** What came into a wallet. */
    long paidIn(int wallet) {
        return number("""
            select coalesce(sum(case payee when %1$d then amount else -amount end), 0)
            from metering.transfers where %1$d in (payer, payee)
            """.formatted(wallet));
    }

    /** What was charged to a wallet. */
    long charged(int wallet) {
        return number("""
            select coalesce(sum(c.amount), 0) from metering.charges c join metering.sources s on s.id = c.source
            where s.payer = %d
            """.formatted(wallet));
    }

    /** What is left of a wallet, by its balances on all nodes. */
    long left(int wallet) {
        return number("select coalesce(sum(amount), 0) from metering.balances where ledger_account = " + wallet);
    }

    /** Zero, if what one account lost another one got. */
    long sumOfBalances() {
        return number("select coalesce(sum(amount), 0) from metering.balances");
    }

    /** Waits until all that was charged has arrived in the balances, and says what is wrong with a wallet if it never does. */
    void awaitBalanced(int wallet) {
        try {
            Await.until("a balanced wallet", PATIENCE, () -> left(wallet) == paidIn(wallet) - charged(wallet));
        } catch (AssertionError e) {
            throw new AssertionError(
                    "%s: paid in %d, charged %d, left %d"
                            .formatted(e.getMessage(), paidIn(wallet), charged(wallet), left(wallet)),
                    e);
        }
    }

    /** Waits until nothing is open any more. */
    void awaitClosed() {
        Await.until("no open reservation", PATIENCE, () -> open() == 0);
    }

    long number(String sql) {
        var found = new long[1];
        ask(sql, row -> found[0] = row.getLong(1));
        return found[0];
    }

    @FunctionalInterface
    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    private void ask(String sql, RowReader reader, Object... parameters) {
        try (var connection = TwoNodes.connect(url);
                var statement = connection.prepareStatement(sql)) {
            if (parameters.length > 0) {
                statement.setArray(1, connection.createArrayOf("text", parameters));
            }
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    reader.read(rows);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
