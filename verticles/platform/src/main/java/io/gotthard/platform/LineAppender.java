package io.gotthard.platform;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes messages as they are to standard output, a line each, from a thread of its own. Who logs never waits: if the reader of
 * the output does not keep up, lines are dropped, and how many is said as soon as there is room again.
 *
 * <p>Logback's own asynchronous appender makes a system call for each line and wakes its thread for each; at some ten thousand
 * requests a second that was a tenth of all CPU.
 */
public final class LineAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

    private static final int WAITING = 16_384;
    /** How long lines gather, so that many go out with one system call. */
    private static final long GATHER_MILLIS = 10;

    private static final long STOP_MILLIS = 2_000;

    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(WAITING);
    private final AtomicLong dropped = new AtomicLong();
    private final PrintStream out = System.out;
    private final Thread writer = new Thread(this::write, "request-log");

    @Override
    public void start() {
        writer.setDaemon(true);
        writer.start();
        super.start();
    }

    @Override
    public void stop() {
        super.stop();
        writer.interrupt();
        try {
            writer.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (!lines.offer(event.getFormattedMessage())) {
            dropped.incrementAndGet();
        }
    }

    private void write() {
        var batch = new ArrayList<String>(1024);
        try {
            while (true) {
                batch.add(lines.take());
                TimeUnit.MILLISECONDS.sleep(GATHER_MILLIS);
                lines.drainTo(batch);
                print(batch);
            }
        } catch (InterruptedException e) {
            lines.drainTo(batch);
            print(batch);
        }
    }

    private void print(List<String> batch) {
        var text = new StringBuilder(batch.size() * 400);
        batch.forEach(line -> text.append(line).append('\n'));
        batch.clear();
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            text.append("{\"dropped_lines\":").append(lost).append("}\n");
        }
        out.writeBytes(text.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
