package io.gotthard.metering;

import io.gotthard.contracts.Usage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Batches as they are on disk: JSON, so that a person can read them if need be. */
final class Frames {

    private Frames() {}

    static JsonObject json(Batch batch) {
        var sources = new JsonArray();
        var places = new IdentityHashMap<Source, Integer>();
        var reservations = new JsonArray();
        var charges = new JsonArray();
        for (var r : batch.reservations()) {
            reservations.add(reservation(r, place(r.source(), places, sources)));
        }
        for (var c : batch.charges()) {
            var r = c.reservation();
            charges.add(new JsonArray()
                    .add(reservation(r, place(r.source(), places, sources)))
                    .add(place(c.source(), places, sources))
                    .add(c.end().name())
                    .add(c.counted().name())
                    .add(c.attempts())
                    .add(c.durationMillis())
                    .add(c.firstTokenMillis())
                    .add(c.prompt())
                    .add(c.completion())
                    .add(c.cached())
                    .add(c.reasoning())
                    .add(c.media() == null ? null : Charge.json(c.media()))
                    .add(c.amount())
                    .add(c.writtenOff()));
        }
        return new JsonObject()
                .put("node", batch.node())
                .put("batch", batch.number())
                .put("sources", sources)
                .put("reservations", reservations)
                .put("charges", charges);
    }

    private static JsonArray reservation(Reservation r, int source) {
        return new JsonArray()
                .add(r.seq())
                .add(r.requestId())
                .add(source)
                .add(r.reserved())
                .add(r.unknown())
                .add(r.startedMicros())
                .add(r.grace());
    }

    private static int place(Source source, Map<Source, Integer> places, JsonArray sources) {
        var place = places.get(source);
        if (place == null) {
            place = sources.size();
            places.put(source, place);
            sources.add(words(source.words()));
        }
        return place;
    }

    private static JsonArray words(Source.Words words) {
        return new JsonArray()
                .add(words.keyId())
                .add(words.account())
                .add(words.tenant())
                .add(words.model())
                .add(words.upstream())
                .add(words.operation())
                .add(words.price())
                .add(words.payer())
                .add(words.asked())
                .add(words.region())
                .add(words.policy());
    }

    private static Source.Words words(JsonArray words) {
        return new Source.Words(
                words.getString(0),
                words.getString(1),
                words.getString(2),
                words.getString(3),
                words.getString(4),
                words.getString(5),
                words.getLong(6),
                words.getInteger(7),
                later(words, 8),
                later(words, 9),
                later(words, 10));
    }

    /** A word that batches did not always have. */
    private static String later(JsonArray words, int index) {
        return words.size() > index ? words.getString(index) : "";
    }

    static Batch batch(JsonObject json, Sources known) {
        var sources = json.getJsonArray("sources").stream()
                .map(words -> known.of(words((JsonArray) words)))
                .toList();
        var batch = new Batch(json.getLong("node"), json.getLong("batch"));
        for (var r : json.getJsonArray("reservations")) {
            batch.add(reservation((JsonArray) r, sources));
        }
        for (var c : json.getJsonArray("charges")) {
            batch.add(charge((JsonArray) c, sources));
        }
        return batch;
    }

    private static Reservation reservation(JsonArray r, List<Source> sources) {
        return new Reservation(
                r.getLong(0),
                r.getString(1),
                sources.get(r.getInteger(2)),
                r.getLong(3),
                r.getLong(4),
                r.getLong(5),
                r.getBoolean(6));
    }

    private static Charge charge(JsonArray c, List<Source> sources) {
        return new Charge(
                reservation(c.getJsonArray(0), sources),
                sources.get(c.getInteger(1)),
                Charge.End.valueOf(c.getString(2)),
                Usage.Source.valueOf(c.getString(3)),
                c.getInteger(4),
                c.getInteger(5),
                c.getInteger(6),
                c.getLong(7),
                c.getLong(8),
                c.getLong(9),
                c.getLong(10),
                media(c.getJsonObject(11)),
                c.getLong(12),
                c.getLong(13));
    }

    private static Usage.Media media(JsonObject media) {
        return media == null
                ? null
                : new Usage.Media(
                        media.getInteger("images"),
                        media.getString("size"),
                        media.getString("quality"),
                        media.getLong("audio_ms"),
                        media.getLong("characters"));
    }
}
