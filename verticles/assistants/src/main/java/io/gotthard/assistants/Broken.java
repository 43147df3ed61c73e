package io.gotthard.assistants;

/** Why a run can't go on: what its client is told. */
final class Broken extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final RunStatus status;
    private final String code;

    Broken(String code, String message) {
        this(RunStatus.FAILED, code, message);
    }

    Broken(RunStatus status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    /** What the run becomes. */
    RunStatus status() {
        return status;
    }

    /** A word for programs. */
    String code() {
        return code;
    }
}
