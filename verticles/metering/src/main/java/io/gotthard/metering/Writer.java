package io.gotthard.metering;

import io.gotthard.kit.Database;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.internal.ArrayTuple;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The journal's own connection to the database, on which batches are written one after the other. */
final class Writer {

    private static final String POST =
            "select metering.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
                    + " $16, $17, $18, $19, $20, $21, $22, $23)";
    private static final int PARAMETERS = 23;

    private final PgConnection connection;
    private final PreparedStatement post;

    private Writer(PgConnection connection, PreparedStatement post) {
        this.connection = connection;
        this.post = post;
    }

    /** Connects; its answers come on the context. Waits, so it is called on a virtual thread. */
    static Writer connect(Context context, Database database, Duration patience) throws IOException {
        Future<Writer> connecting = Future.future(connected -> context.runOnContext(here -> database.connect()
                .compose(connection -> connection
                        .prepare(POST)
                        .map(post -> new Writer(connection, post))
                        .onFailure(failed -> connection.close()))
                .onComplete(connected)));
        try {
            return Patiently.await(connecting, patience);
        } catch (IOException e) {
            connecting.onSuccess(Writer::close);
            throw e;
        }
    }

    /**
     * Writes a batch. It does no harm to write it again, if nobody knows whether it was.
     *
     * @return false if the node is ended; nothing is written then
     */
    Future<Boolean> post(Batch batch) {
        var unknown = unknownSources(batch);
        if (unknown.isEmpty()) {
            return execute(batch);
        }
        return identify(new ArrayList<>(unknown)).compose(known -> execute(batch));
    }

    private Future<Boolean> execute(Batch batch) {
        return post.query()
                .execute(parameters(batch))
                .map(rows -> Writer.first(rows).getInteger(0) >= 0);
    }

    private static Set<Source> unknownSources(Batch batch) {
        Set<Source> unknown = Set.of();
        for (var reservation : batch.reservations()) {
            unknown = withUnknown(unknown, reservation.source());
        }
        for (var charge : batch.charges()) {
            unknown = withUnknown(unknown, charge.source());
        }
        return unknown;
    }

    private static Set<Source> withUnknown(Set<Source> unknown, Source source) {
        if (source.id() != 0) {
            return unknown;
        }
        Set<Source> sources = unknown.isEmpty() ? Collections.newSetFromMap(new IdentityHashMap<>()) : unknown;
        sources.add(source);
        return sources;
    }

    private Future<Void> identify(List<Source> sources) {
        var parameters = Tuple.tuple();
        new Rows<>(sources.stream().map(Source::words).toList(), parameters)
                .texts(Source.Words::keyId)
                .texts(Source.Words::account)
                .texts(Source.Words::tenant)
                .texts(Source.Words::model)
                .texts(Source.Words::upstream)
                .texts(Source.Words::operation)
                .longs(words -> words.price() == 0 ? null : words.price())
                .ints(Source.Words::payer)
                .texts(Source.Words::asked)
                .texts(Source.Words::region)
                .texts(Source.Words::policy);
        return connection
                .preparedQuery("select metering.source_ids($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
                .execute(parameters)
                .map(rows -> {
                    var ids = first(rows).getArrayOfIntegers(0);
                    for (int i = 0; i < ids.length; i++) {
                        sources.get(i).id(ids[i]);
                    }
                    return null;
                });
    }

    private static Tuple parameters(Batch batch) {
        var parameters = new ArrayTuple(PARAMETERS);
        parameters.addLong(batch.node());
        parameters.addLong(batch.number());
        new Rows<>(batch.reservations(), parameters)
                .longs(Reservation::seq)
                .texts(Reservation::requestId)
                .ints(reservation -> reservation.source().id())
                .longs(Reservation::reserved)
                .longs(Reservation::unknown)
                .longs(Reservation::startedMicros);
        new Rows<>(batch.charges(), parameters)
                .longs(charge -> charge.reservation().seq())
                .texts(charge -> charge.reservation().requestId())
                .ints(charge -> charge.source().id())
                .longs(charge -> charge.reservation().startedMicros())
                .ints(Charge::durationMillis)
                .ints(charge -> charge.firstTokenMillis() < 0 ? null : charge.firstTokenMillis())
                .ints(Charge::endCountedAttempts)
                .longs(Charge::prompt)
                .longs(Charge::completion)
                .rareLongs(Charge::cached)
                .rareLongs(Charge::reasoning)
                .rareObjects(charge -> charge.media() == null ? null : Charge.json(charge.media()))
                .longs(charge -> charge.reservation().reserved())
                .longs(Charge::amount)
                .rareLongs(Charge::writtenOff);
        return parameters;
    }

    /** Fails as {@link #post} would fail, and writes nothing but the sources' names. */
    Future<Void> tryOut(Batch batch) {
        var unknown = new ArrayList<>(unknownSources(batch));
        Future<Void> known = unknown.isEmpty() ? Future.succeededFuture() : identify(unknown);
        return known.compose(here -> connection.begin())
                .compose(transaction -> execute(batch).eventually(transaction::rollback))
                .mapEmpty();
    }

    /** Which of these reservations have a charge in the name of that node. */
    Future<Set<Long>> charged(long node, Set<Long> seqs) {
        return connection
                .preparedQuery("select seq from metering.charges where node = $1 and seq = any ($2)")
                .execute(Tuple.of(node, (Object) seqs.toArray(Long[]::new)))
                .map(rows -> {
                    var charged = new HashSet<Long>();
                    rows.forEach(row -> charged.add(row.getLong(0)));
                    return charged;
                });
    }

    /** Breaks the connection; what was asked on it fails. */
    void close() {
        connection.close();
    }

    private static Row first(RowSet<Row> rows) {
        RowIterator<Row> iterator = rows.iterator();
        return iterator.next();
    }
}
