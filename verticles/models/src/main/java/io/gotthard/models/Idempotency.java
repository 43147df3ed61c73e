package io.gotthard.models;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.BusStream;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.contracts.Operation;
import io.gotthard.kit.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Requests with an {@code Idempotency-Key}: who asks the same again gets the same answer, be it complete or still growing, and pays once.
 * One for each process, so that it does not matter which event loop a client comes back to; between nodes {@link Claims} decide.
 *
 * <p>Requests without the header pass by at the cost of a look-up in a map that is usually empty. See
 * {@code docs/decisions/0011-idempotency.md}.
 */
public final class Idempotency {

    /** The header, as parameters have it. */
    static final String KEY = "idempotency-key";

    private static final long SWEEP_MILLIS = 500;
    private static final Map<String, String> NO_RETRY = Map.of("x-should-retry", "false");

    private final IdempotencySettings settings;
    private final Database database;
    private final KeptAnswers answers;
    private volatile Claims claims = Claims.NONE;
    private Vertx vertx;
    private long sweeping;

    /**
     * With nothing kept yet.
     *
     * @param database what several nodes share, or null for a process that knows of no others
     */
    public Idempotency(IdempotencySettings settings, Database database) {
        this.settings = settings;
        this.database = database;
        this.answers = new KeptAnswers(settings);
    }

    /** From now on other nodes are looked at, and what is old is forgotten. */
    public Future<Void> start(Vertx owner) {
        vertx = owner;
        sweeping = owner.setPeriodic(SWEEP_MILLIS, due -> answers.sweep(System.nanoTime()));
        if (database == null) {
            return Future.succeededFuture();
        }
        return SharedClaims.open(owner, database, settings.keep(), answers)
                .onSuccess(opened -> claims = opened)
                .mapEmpty();
    }

    /** Gives up what this node has claimed. To be called when nothing is asked any more. */
    public Future<Void> close() {
        if (vertx != null) {
            vertx.cancelTimer(sweeping);
        }
        return claims.close();
    }

    /**
     * An operation that looks at the header.
     *
     * @param bus of the verticle that serves the operation at this address
     * @param check fails for who may not ask, even if they might before
     */
    Operation of(Bus bus, String address, Consumer<Call> check, Operation operation) {
        return (call, stream) -> {
            var key = call.parameters().get(KEY);
            if (key == null) {
                return operation.answer(call, stream);
            }
            check.accept(call);
            return answer(bus, address, call, key, stream);
        };
    }

    private Future<Answer> answer(Bus bus, String address, Call call, String key, BusStream stream) {
        var fresh = new KeptAnswer(id(call.caller(), key), owner(call.caller()), print(address, call));
        var known = answers.putIfAbsent(fresh);
        if (known != null && !known.isOf(fresh.print())) {
            throw reused();
        }
        var kept = known == null ? fresh : known;
        var replay = new Replay(kept, stream, Vertx.currentContext(), known != null);
        if (!kept.add(replay)) {
            throw gone();
        }
        if (known == null) {
            new AskedOnce(claims, answers, kept, bus, address, call).begin();
        }
        return replay.begin();
    }

    /** 422: the key was used for something else. */
    static Failure reused() {
        return new Failure(
                422,
                "invalid_request_error",
                "idempotency_key_reused",
                KEY,
                "This Idempotency-Key was used for another request. Use a new key for each request.",
                -1);
    }

    /** 409: asking again would cost it again, and the answer can't be given. */
    static Failure gone() {
        return new Failure(
                        409,
                        "invalid_request_error",
                        "idempotency_answer_not_kept",
                        KEY,
                        "This request was asked before, but its answer is not kept. Use a new Idempotency-Key to ask"
                                + " again.",
                        -1)
                .with(NO_RETRY);
    }

    /** The same on all nodes. Tokens and sessions are renewed: theirs are those of the account. */
    private static String id(Caller caller, String key) {
        var credential = caller.keyId();
        boolean passing = credential.startsWith("tok_") || credential.startsWith("ses_");
        var digest = sha256();
        update(digest, passing ? "" : credential);
        update(digest, caller.account());
        update(digest, caller.tenant());
        update(digest, key);
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Whose memory it takes. */
    private static String owner(Caller caller) {
        return caller.account() + '\n' + caller.tenant();
    }

    private static byte[] print(String address, Call call) {
        var digest = sha256();
        update(digest, address);
        call.parameters().entrySet().stream()
                .filter(parameter -> !parameter.getKey().equals(KEY))
                .sorted(Map.Entry.comparingByKey())
                .forEach(parameter -> {
                    update(digest, parameter.getKey());
                    update(digest, parameter.getValue());
                });
        var form = call.body().form();
        if (form == null) {
            return digest.digest(call.body().bytes().getBytes());
        }
        form.addTo(digest);
        return digest.digest();
    }

    /** With an end that is in no text, so that no two sequences of texts are the same bytes. */
    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0xff);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
