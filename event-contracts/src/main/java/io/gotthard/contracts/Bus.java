package io.gotthard.contracts;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A verticle's ear and mouth on the event bus: {@link #serve} answers at an address, {@link #ask} starts a {@link Dialogue}
 * with whoever does. One for each deployed verticle, made and used on its context.
 *
 * <p>Who is nearest is asked first: a verticle on the same event loop, for whom no other thread has to wake up; then one in
 * this JVM; then one on another node.
 *
 * <p>A stream is the same dialogue with more answers: the asker asks, the answering side answers with all it has, and asking
 * again is the acknowledgement. No ids, no private addresses and no registration per request; see
 * {@code docs/decisions/0001-the-bus-dialogue.md}.
 */
public final class Bus {

    /** Where every answering side hears of askers who went away; the message is the id of the call. */
    static final String CANCEL = "bus.cancel";

    /** What an asker replies who wants no more of a stream. */
    static final String CANCELLED = "cancelled";

    private static final Logger LOG = LoggerFactory.getLogger(Bus.class);
    private static final String SERVED_HERE = "gotthard.served";

    private final Vertx vertx;
    private final Patience patience;
    private final DeliveryOptions anywhere;
    private final DeliveryOptions here;
    private final DeliveryOptions reader;
    private final Map<String, BusStream> open = new HashMap<>();
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();
    private final MessageConsumer<String> cancellations;
    /** How often each address is served in this JVM; shared with its other buses. */
    private final Map<String, Integer> servedHere;

    /** Names this event loop, or null if this is no event loop. */
    private final String loop;

    private final Map<String, String> loopAddresses = new HashMap<>();
    private final String node = UUID.randomUUID().toString().substring(0, 13) + "-";
    private final AtomicLong calls = new AtomicLong();
    private final long sweep;
    private Promise<Void> drained;

    /** With the usual patience. */
    public Bus(Vertx vertx) {
        this(vertx, Patience.USUAL);
    }

    /** With a patience of its own. */
    public Bus(Vertx vertx, Patience patience) {
        Codecs.register(vertx);
        this.vertx = vertx;
        this.patience = patience;
        this.anywhere =
                new DeliveryOptions().setSendTimeout(patience.withCallee().toMillis());
        this.here = new DeliveryOptions(anywhere).setLocalOnly(true);
        this.reader = new DeliveryOptions().setSendTimeout(patience.withReader().toMillis());
        this.servedHere = vertx.sharedData().getLocalMap(SERVED_HERE);
        this.loop = Context.isOnEventLoopThread() ? "@" + Thread.currentThread().getName() : null;
        this.sweep = vertx.setPeriodic(Math.max(1, patience.reassurance().toMillis() / 2), timer -> reassure());
        this.cancellations = vertx.eventBus().consumer(CANCEL, message -> cancelled(message.body()));
    }

    /**
     * Answers at an address from now on.
     *
     * @return when all nodes know of it
     */
    public Future<Void> serve(String address, Operation operation) {
        Handler<Message<Call>> handler = message -> answer(address, message, operation);
        var consumer = vertx.eventBus().consumer(address, handler);
        served(consumer);
        if (loop != null) {
            served(vertx.eventBus().localConsumer(address + loop, handler));
        }
        return consumer.completion();
    }

    private void served(MessageConsumer<Call> consumer) {
        consumers.add(consumer);
        servedHere.merge(consumer.address(), 1, Integer::sum);
    }

    /** Starts a dialogue; nothing is sent before its first {@link Dialogue#next}. */
    public Dialogue ask(String address, Call call) {
        return new Dialogue(this, address, call);
    }

    /** Tells an event to whoever listens in this JVM; nobody may, and nobody is waited for. */
    public void publish(String address, Object event) {
        vertx.eventBus().publish(address, event, here);
    }

    /** A name for a new {@link Call}, unique among all nodes. */
    public String nextId() {
        return node + calls.incrementAndGet();
    }

    /** Whether somebody in this JVM answers at an address. */
    public boolean isServedHere(String address) {
        return servedHere.containsKey(address);
    }

    /** How many dialogues are being answered. */
    public int open() {
        return open.size();
    }

    /**
     * Answers no new calls, lets the running ones finish, and fails those that still run after the given time.
     *
     * @return when nothing runs any more; never fails
     */
    public Future<Void> close(long drainMillis) {
        consumers.forEach(consumer -> servedHere.computeIfPresent(consumer.address(), (a, n) -> n == 1 ? null : n - 1));
        var unregistered = consumers.stream().map(MessageConsumer::unregister).toList();
        drained = Promise.promise();
        if (open.isEmpty()) {
            drained.complete();
        } else {
            long timer = vertx.setTimer(Math.max(1, drainMillis), late -> abandonAll());
            drained.future().onComplete(done -> vertx.cancelTimer(timer));
        }
        return Future.join(unregistered)
                .transform(result -> drained.future())
                .compose(nothing -> cancellations.unregister())
                .onComplete(done -> vertx.cancelTimer(sweep));
    }

    private void abandonAll() {
        var cause = Failure.unavailable("The service is shutting down.");
        List.copyOf(open.values()).forEach(stream -> stream.stop(cause));
    }

    private void answer(String address, Message<Call> message, Operation operation) {
        var call = message.body();
        var stream = new BusStream(this, call.id(), message);
        open.put(call.id(), stream);
        var context = Vertx.currentContext();
        if (context != null && context.threadingModel() == ThreadingModel.VIRTUAL_THREAD) {
            // An operation that waits where the message came in keeps those waiting that come after it to the same
            // address,
            // and Vert.x throws away what is more than a thousand.
            context.runOnContext(now -> answer(address, call, stream, operation));
        } else {
            answer(address, call, stream, operation);
        }
    }

    private static void answer(String address, Call call, BusStream stream, Operation operation) {
        Future<Answer> answer;
        try {
            answer = operation.answer(call, stream);
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        answer.onComplete(stream::first, cause -> stream.refuse(failure(address, call, cause)));
    }

    private static Failure failure(String address, Call call, Throwable cause) {
        if (!Failure.isExpected(cause)) {
            LOG.error("{} failed unexpectedly, request {}", address, call.requestId(), cause);
        }
        return Failure.of(cause);
    }

    private void cancelled(String id) {
        var stream = open.get(id);
        if (stream != null) {
            stream.cancel();
        }
    }

    private void reassure() {
        long now = System.nanoTime();
        long after = TimeUnit.MILLISECONDS.toNanos(patience.reassurance().toMillis());
        List.copyOf(open.values()).forEach(stream -> stream.reassure(now, after));
    }

    void closed(String id) {
        open.remove(id);
        if (drained != null && open.isEmpty()) {
            drained.tryComplete();
        }
    }

    Future<Message<Answer>> request(String address, Call call) {
        var onThisLoop = loop == null ? address : loopAddresses.computeIfAbsent(address, a -> a + loop);
        return servedHere.containsKey(onThisLoop)
                ? vertx.eventBus().request(onThisLoop, call, here)
                : vertx.eventBus().request(address, call, servedHere.containsKey(address) ? here : anywhere);
    }

    /** Told to all nodes: who is nearest by now need not be who was asked. */
    void cancel(String id) {
        vertx.eventBus().publish(CANCEL, id);
    }

    DeliveryOptions readerPatience() {
        return reader;
    }

    DeliveryOptions calleePatience() {
        return anywhere;
    }
}
