package io.gotthard.models;

import io.gotthard.models.provider.OpenAi;
import io.vertx.core.Vertx;

/**
 * An upstream that is being asked from one event loop, for all configurations in which it is the same: so its connections outlive a
 * change of others.
 */
final class Connection {

    private final Upstream upstream;
    private final String authorities;
    private final OpenAi provider;
    private int holders;

    Connection(Vertx vertx, String name, Upstream upstream, String authorities) {
        this.upstream = upstream;
        this.authorities = authorities;
        this.provider = OpenAi.of(vertx, name, upstream, authorities);
    }

    /** Whether it is what the configuration says. */
    boolean is(Upstream other, String otherAuthorities) {
        return upstream.equals(other)
                && (authorities == null ? otherAuthorities == null : authorities.equals(otherAuthorities));
    }

    Upstream upstream() {
        return upstream;
    }

    OpenAi provider() {
        return provider;
    }

    /** Another configuration has it, too. */
    Connection held() {
        holders++;
        return this;
    }

    /** One has it no more; if that was the last one, it is closed. */
    void released() {
        if (--holders == 0) {
            provider.close();
        }
    }
}
