package io.gotthard.router;

import io.gotthard.contracts.Answer;
import io.gotthard.contracts.Bus;
import io.gotthard.contracts.Call;
import io.gotthard.contracts.Caller;
import io.gotthard.contracts.Failure;
import io.gotthard.kit.Credential;
import io.gotthard.kit.Lobby;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The lobby of one event loop: the contracts' operations, for the {@link Door doors} that are not HTTP. */
final class Reception implements Lobby {

    private final Bus bus;
    private final SessionCookies cookies;
    private final Map<String, Operation> operations = new HashMap<>();
    private final List<Runnable> stopping = new ArrayList<>();

    Reception(Bus bus, SessionCookies cookies, List<Contract> contracts) {
        this.bus = bus;
        this.cookies = cookies;
        contracts.stream()
                .flatMap(contract -> contract.operations().stream())
                .forEach(operation -> operations.putIfAbsent(operation.id(), operation));
    }

    @Override
    public Credential credential(HttpServerRequest request) {
        var explicit = Shown.inHeader(request);
        if (explicit != null) {
            return explicit;
        }
        var session = cookies.session(request);
        return session == null ? null : Credential.ofSession(session);
    }

    @Override
    public void check(String operationId, Caller caller, Map<String, String> parameters) {
        operation(operationId).requires().check(caller.permissions(), parameters);
    }

    @Override
    public Future<Answer> ask(String operationId, Call call) {
        try {
            var operation = operation(operationId);
            operation.requires().check(call.caller().permissions(), call.parameters());
            if (operation.body() != null && call.body() != null) {
                var violation = operation.body().check(call.body().fields());
                if (violation != null) {
                    throw Failure.invalid(violation.param(), violation.message());
                }
            } else if (operation.bodyRequired()) {
                throw Failure.invalid(null, "The body is missing.");
            }
            return bus.ask(operation.address(), call).next();
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }

    private Operation operation(String id) {
        var operation = operations.get(id);
        if (operation == null) {
            throw Failure.unavailable("This part of the service is not running at the moment.");
        }
        return operation;
    }

    @Override
    public String origin(HttpServerRequest request) {
        try {
            return cookies.origin(request);
        } catch (Failure unknown) {
            return null;
        }
    }

    @Override
    public void beforeStop(Runnable action) {
        stopping.add(action);
    }

    /** The door begins to close. */
    void stop() {
        stopping.forEach(Runnable::run);
    }
}
