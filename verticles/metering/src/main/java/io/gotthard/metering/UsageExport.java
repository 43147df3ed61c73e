package io.gotthard.metering;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Cursor;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers with files of charges or sums, of any length in little memory: rows are read from the database as fast as the client takes
 * them. A file holds a connection and, in the database, a snapshot; so there are few at the same time, and none takes forever. To be used
 * from a virtual thread, and on one context only.
 */
final class UsageExport {

    private static final Logger LOG = LoggerFactory.getLogger(UsageExport.class);

    private static final int MOST_AT_ONCE = 4;
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final int ROWS = 500;
    private static final String LIMITS = "set transaction isolation level repeatable read read only;"
            + " set local statement_timeout = 60000; set local jit = off";

    private final Database database;
    private final String currency;
    private final Supplier<Future<Void>> fold;
    private int running;

    /** @param fold brings this node's part of usage up to date */
    UsageExport(Database database, MeteringSettings settings, Supplier<Future<Void>> fold) {
        this.database = database;
        this.currency = settings.currency();
        this.fold = fold;
    }

    /** {@code GET /api/v1/usage/export}. */
    Answer get(Call call, BusStream stream) {
        var query = UsageQuery.of(call, OffsetDateTime.now(ZoneOffset.UTC));
        var table = "sums".equals(call.parameters().get("rows"))
                ? UsageTable.sums(query, currency)
                : UsageTable.charges(query, currency);
        if (running >= MOST_AT_ONCE) {
            throw Failure.unavailable(MOST_AT_ONCE + " files are being made already. Try again when one is done.");
        }
        running++;
        var file = new File(call, stream, table);
        try {
            fold.get().await();
            file.open();
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
        Vertx.currentContext().runOnContext(begun -> file.write());
        var name = "usage-" + query.from().toLocalDate() + "-" + query.to().toLocalDate() + ".csv";
        return new Answer(200, Csv.TYPE, Buffer.buffer(), true, null)
                .with(Map.of("content-disposition", "attachment; filename=\"" + name + "\""));
    }

    /** One file that is being made. */
    private final class File {

        private final Call call;
        private final BusStream stream;
        private final UsageTable table;
        private final long deadline = System.nanoTime() + LONGEST.toNanos();
        private SqlConnection connection;
        private Cursor cursor;
        private RowSet<Row> rows;
        private Promise<Void> taken = Promise.promise();
        private boolean unwanted;

        File(Call call, BusStream stream, UsageTable table) {
            this.call = call;
            this.stream = stream;
            this.table = table;
        }

        /** Begins to read, so that what is wrong is told before the answer's head is. */
        void open() {
            connection =
                    database.pool().getConnection().recover(File::unreachable).await();
            connection.query("begin; " + LIMITS).execute().await();
            var statement = connection.prepare(table.sql().text()).await();
            cursor = statement.cursor(Tuple.from(table.sql().parameters()));
            rows = cursor.read(ROWS).await();
        }

        private static Future<SqlConnection> unreachable(Throwable cause) {
            LOG.warn("The database can't be reached: {}", cause.getMessage());
            return Future.failedFuture(Failure.unavailable("What is metered can't be read at the moment."));
        }

        void write() {
            stream.onDrain(() -> taken.tryComplete());
            stream.onCancel(() -> {
                unwanted = true;
                taken.tryComplete();
            });
            try {
                var csv = new Csv();
                table.head(csv);
                while (!unwanted) {
                    rows.forEach(row -> table.line(csv, row));
                    send(csv.take());
                    if (!cursor.hasMore()) {
                        stream.end(null);
                        return;
                    }
                    if (!unwanted) {
                        rows = cursor.read(ROWS).await();
                    }
                }
            } catch (Throwable e) {
                var failure = Failure.of(e);
                LOG.warn("A file of usage broke off, request {}", call.requestId(), failure.status() == 500 ? e : null);
                stream.fail(failure);
            } finally {
                close();
            }
        }

        /** Waits until the client has taken most of what it was sent. */
        private void send(Buffer lines) {
            taken = Promise.promise();
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw Failure.timeout("The file took longer than " + LONGEST.toMinutes() + " minutes.");
            }
            if (!stream.write(lines) && !unwanted) {
                taken.future().timeout(left, TimeUnit.NANOSECONDS).await();
            }
        }

        /** The connection goes back to the pool without the cursor and its snapshot. */
        void close() {
            running--;
            if (connection != null) {
                connection
                        .query("rollback")
                        .execute()
                        .transform(done -> connection.close())
                        .onFailure(cause -> LOG.debug("A connection was lost", cause));
            }
        }
    }
}
