package io.gotthard.realtime;

import java.util.ArrayDeque;
import java.util.Deque;

/** How many events may be under way to a client that says what it has. */
final class Window {

    private final int size;
    private final Deque<Long> unacknowledged = new ArrayDeque<>();

    /** So many; 0 if that does not matter. */
    Window(int size) {
        this.size = size;
    }

    boolean isFull() {
        return size > 0 && unacknowledged.size() >= size;
    }

    void shown(long place) {
        if (size > 0) {
            unacknowledged.addLast(place);
        }
    }

    /** Everything up to this place was taken. */
    void acknowledge(long place) {
        while (!unacknowledged.isEmpty() && unacknowledged.peekFirst() <= place) {
            unacknowledged.removeFirst();
        }
    }
}
