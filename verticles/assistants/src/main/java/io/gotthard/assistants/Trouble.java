package io.gotthard.assistants;

import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Something with a tool did not work. Its message is for the model that called it, and has neither secrets nor addresses in it. */
final class Trouble extends RuntimeException {

    private static final long serialVersionUID = 1;

    Trouble(String message) {
        super(message, null, false, false);
    }

    /** What a model is told of a failure. */
    static Trouble of(Throwable cause) {
        return switch (cause) {
            case Trouble trouble -> trouble;
            case SecurityException refused ->
                new Trouble("That server is at an address which tools may not connect to.");
            case UnknownHostException unknown -> new Trouble("There is no server of that name.");
            case ConnectException away -> new Trouble("The server could not be reached.");
            case SSLException unsafe -> new Trouble("The server could not be reached safely (TLS).");
            case TimeoutException late -> late();
            case ClosedChannelException cut -> cut();
            case HttpClosedException cut -> cut();
            case StreamResetException cut -> cut();
            case StackOverflowError deep -> new Trouble("What the server says is nested too deeply.");
            default -> new Trouble("The call failed.");
        };
    }

    static Trouble late() {
        return new Trouble("The server did not answer in time.");
    }

    static Trouble cut() {
        return new Trouble("The connection broke off before the answer was complete.");
    }

    /** Whether nobody has foreseen it, and so the log needs to know more. */
    static boolean isUnforeseen(Throwable cause) {
        return "The call failed.".equals(of(cause).getMessage());
    }
}
