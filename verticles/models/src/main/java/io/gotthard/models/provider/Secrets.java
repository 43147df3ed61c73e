package io.gotthard.models.provider;

import io.gotthard.contracts.Failure;
import io.gotthard.models.Upstream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What of an upstream nobody may see, in case its errors tell it: its keys, and where it is. */
final class Secrets {

    private static final int SHORTEST = 4;

    private final List<String> hidden;

    Secrets(Upstream upstream) {
        var uri = URI.create(upstream.url());
        var texts = new ArrayList<>(
                Stream.of(upstream.key(), upstream.accessKeyId(), upstream.secretAccessKey(), upstream.sessionToken())
                        .filter(Objects::nonNull)
                        .toList());
        texts.addAll(List.of(upstream.url(), uri.getRawAuthority(), uri.getHost()));
        // The longest first: one may contain another.
        hidden = texts.stream()
                .filter(text -> text.length() >= SHORTEST)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** The same failure without them. */
    Failure mask(Failure failure) {
        if (!isIn(failure.getMessage()) && !isIn(failure.code()) && !isIn(failure.param())) {
            return failure;
        }
        return new Failure(
                        failure.status(),
                        failure.type(),
                        mask(failure.code()),
                        mask(failure.param()),
                        mask(failure.getMessage()),
                        failure.retryAfterMillis())
                .with(failure.headers());
    }

    private boolean isIn(String text) {
        return text != null && hidden.stream().anyMatch(text::contains);
    }

    private String mask(String text) {
        var masked = text;
        for (var secret : hidden) {
            masked = masked == null ? null : masked.replace(secret, "***");
        }
        return masked;
    }
}
