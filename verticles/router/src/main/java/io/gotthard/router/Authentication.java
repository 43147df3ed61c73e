package io.gotthard.router;

import io.gotthard.contracts.Failure;
import io.gotthard.kit.Callers;
import io.gotthard.kit.Credential;
import io.gotthard.kit.Holder;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;

/** Checks the credential before the body is read. */
final class Authentication implements Handler<RoutingContext> {

    private final Callers callers;
    private final SessionCookies cookies;

    Authentication(Callers callers, SessionCookies cookies) {
        this.callers = callers;
        this.cookies = cookies;
    }

    @Override
    public void handle(RoutingContext context) {
        var credential = Shown.by(context.request(), cookies);
        var requestId = Exchange.of(context).requestId;
        var address = context.request().remoteAddress().hostAddress();
        var remembered = callers.remembered(credential, requestId, address);
        if (remembered != null) {
            admit(context, credential, remembered, address);
            return;
        }
        // The body waits at the door: nothing of it is read for a stranger.
        context.request().pause();
        callers.ask(credential, requestId, address)
                .onSuccess(answer -> {
                    if (!context.response().closed()) {
                        admit(context, credential, answer, address);
                        context.request().resume();
                    }
                })
                .onFailure(context::fail);
    }

    private static void admit(RoutingContext context, Credential credential, Holder holder, String address) {
        try {
            Exchange.of(context).caller = holder.admit(credential, address);
        } catch (Failure refused) {
            context.fail(refused);
            return;
        }
        context.next();
    }
}
