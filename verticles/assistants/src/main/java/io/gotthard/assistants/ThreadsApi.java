package io.gotthard.assistants;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Operation;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** What clients ask of threads, their members and their messages. */
final class ThreadsApi {

    private final Threads threads;
    private final ThreadList list;
    private final Members members;
    private final Messages messages;
    private final Map<String, Operation> operations = new LinkedHashMap<>();

    ThreadsApi(Threads threads, Bus bus, EventLog log) {
        this.threads = threads;
        this.list = new ThreadList(threads);
        this.members = new Members(threads, bus);
        this.messages = new Messages(threads, log);
        answer("assistants.listThreads", call -> ok(list.get(call)));
        answer("assistants.createThread", this::create);
        answer(
                "assistants.getThread",
                call -> shown(threads.of(call.caller(), call.parameters().get("thread"), Role.READER)));
        answer("assistants.updateThread", call -> shown(threads.update(call)));
        answer("assistants.deleteThread", call -> deleted(threads.delete(call)));
        answer("assistants.forkThread", call -> shown(threads.fork(call)));
        answer("assistants.listThreadMembers", call -> ok(members.list(call)));
        answer("assistants.putThreadMember", call -> ok(members.put(call)));
        answer("assistants.removeThreadMember", call -> deleted(members.remove(call)));
        answer("assistants.listThreadMessages", call -> ok(messages.list(call)));
        answer("assistants.createThreadMessage", call -> ok(messages.append(call)));
    }

    private void answer(String address, Function<Call, Answer> operation) {
        operations.put(address, Answering.with(operation));
    }

    /** What is answered, by address. */
    Map<String, Operation> operations() {
        return operations;
    }

    private Answer create(Call call) {
        var form = ThreadForm.of(call);
        var others = form.members();
        var title = form.title();
        var metadata = form.metadata();
        var first = form.messages();
        others.keySet().forEach(account -> members.requireAccount(call, account));
        return shown(threads.create(call, title, metadata, others, first));
    }

    private static Answer shown(ThreadRow thread) {
        return ok(thread.json()).with(Map.of("etag", thread.etag()));
    }

    private static Answer ok(JsonObject body) {
        return Answer.json(body.toBuffer());
    }

    private static Answer deleted(String id) {
        return ok(new JsonObject().put("id", id).put("deleted", true));
    }
}
