package io.gotthard.models.provider;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Lets several sequences take turns, the first one first, until all are at their end. Takes from them only when asked. */
final class DemoTurns<T> implements Iterator<T> {

    private final ArrayDeque<Iterator<T>> waiting = new ArrayDeque<>();

    DemoTurns(List<Iterator<T>> sequences) {
        sequences.stream().filter(Iterator::hasNext).forEach(waiting::add);
    }

    @Override
    public boolean hasNext() {
        return !waiting.isEmpty();
    }

    @Override
    public T next() {
        var turn = waiting.remove();
        var next = turn.next();
        if (turn.hasNext()) {
            waiting.add(turn);
        }
        return next;
    }

    /** The rest of it. */
    Stream<T> stream() {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED), false);
    }
}
