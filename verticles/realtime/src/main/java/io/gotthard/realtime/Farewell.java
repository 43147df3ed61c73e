package io.gotthard.realtime;

/** Why we close a socket: the table in {@code docs/realtime.md}. */
enum Farewell {
    /** The platform stops; another node, or this one in a while, goes on. */
    RESTART(1012, "service restart"),
    /** Something failed that is not the client's fault. */
    INTERNAL(1011, "internal error"),
    /** Who it is can't be checked at the moment. */
    TRY_LATER(1013, "try again later"),
    /** What came is no frame of ours. */
    MALFORMED(4400, "not a frame that is known here"),
    /** There is no good credential, or its time is over. */
    UNAUTHORIZED(4401, "the credential is missing, wrong or expired"),
    /** The credential was good and is not any more, or is somebody else's than before. */
    REVOKED(4403, "the credential was revoked"),
    /** It said nothing in time: who it is, that it is still there, or it did not read. */
    SILENT(4408, "nothing was heard in time"),
    /** A frame is larger than allowed. */
    TOO_LARGE(4413, "the frame is too large"),
    /** It sends more frames than allowed. */
    FLOOD(4429, "too many frames");

    private final int code;
    private final String reason;

    Farewell(int code, String reason) {
        this.code = code;
        this.reason = reason;
    }

    int code() {
        return code;
    }

    String reason() {
        return reason;
    }
}
