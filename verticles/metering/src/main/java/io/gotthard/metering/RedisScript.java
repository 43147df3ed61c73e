package io.gotthard.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What Redis does for us, each in one step that nothing comes between. Times and durations are microseconds by the clock of Redis.
 *
 * <p>A counter of what is used is a hash: {@code d} is the moment at which all will be refilled and {@code r} how far the row has moved
 * up, both as in {@link Gcra}; {@code a} and {@code p} are the amount and the period that they are of, {@code m} the mark that was passed
 * last, see {@link Marks}. {@code r} begins at the time, so that what was taken from a counter that is gone is not given back to the next.
 * A counter of what is under way is a sorted set of who is, by the time at which they are taken for dead.
 */
enum RedisScript {
    /**
     * Takes from all keys or from none. Arguments: who takes, when they are taken for dead unless they say something; then for each key
     * the cost, the period (0 if it counts what is under way), the amount, and whether it lasts. Answers 1, the time, and for each key
     * {@code d}, {@code r}, and the mark that is passed; or 0, the time, and for each key {@code d}, the time to wait, and the mark; or
     * -1, the time, and for each key whether it lasts but is not there. For what is under way, {@code d} is how many are.
     */
    TAKE("""
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local dues, returns, marks, waits, gone = {}, {}, {}, {}, {}
        local refused, missing = false, false

        local function whole(number) return string.format('%.0f', number) end

        local function passed(mark, ahead, period, amount)
          local function at(percent)
            return percent == 100 and period - period / amount + 1 or period * percent / 100
          end
          for _, percent in ipairs({50, 80, 100}) do
            if percent > mark and ahead >= at(percent) then mark = percent end
          end
          for _, percent in ipairs({100, 80, 50}) do
            if mark == percent and ahead < at(percent) - period / 10 then
              mark = percent == 100 and 80 or percent == 80 and 50 or 0
            end
          end
          return mark
        end

        for i, key in ipairs(KEYS) do
          local first = 4 * i - 1
          local cost, period = tonumber(ARGV[first]), tonumber(ARGV[first + 1])
          local amount, lasts = tonumber(ARGV[first + 2]), ARGV[first + 3] == '1'
          waits[i], gone[i], marks[i], returns[i] = 0, 0, 0, 0
          if period == 0 then
            redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
            dues[i] = redis.call('ZCARD', key)
            if dues[i] >= amount then refused, waits[i] = true, 1000000 end
          else
            local known = redis.call('HMGET', key, 'd', 'r', 'a', 'p', 'm')
            local due, returned = tonumber(known[1] or now), tonumber(known[2] or now)
            if not known[1] and lasts then missing, gone[i] = true, 1 end
            local a, p = tonumber(known[3] or amount), tonumber(known[4] or period)
            if due > now + 2 * p then due = now + 2 * p end
            if a ~= amount or p ~= period then
              due = now + math.ceil(math.max(0, due - now) / p * a / amount * period)
              returned = returned + 4 * math.max(p, period)
            end
            dues[i], returns[i], marks[i] = math.max(due, now), returned, tonumber(known[5] or 0)
            local wait = dues[i] + cost - now - period
            if wait > 0 then refused, waits[i] = true, wait end
          end
        end

        local answer = {missing and -1 or refused and 0 or 1, now}
        for i, key in ipairs(KEYS) do
          local first = 4 * i - 1
          local cost, period = tonumber(ARGV[first]), tonumber(ARGV[first + 1])
          local amount, lasts = tonumber(ARGV[first + 2]), ARGV[first + 3] == '1'
          local mark = 0
          if missing then
            answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = gone[i], 0, 0
          else
            if not refused then
              if period == 0 then
                redis.call('ZADD', key, whole(now + ARGV[2]), ARGV[1])
                redis.call('PEXPIRE', key, whole(2 * ARGV[2] / 1000))
                dues[i] = dues[i] + 1
              else
                dues[i] = dues[i] + cost
              end
            end
            if period > 0 and (not refused or (lasts and waits[i] > 0)) then
              if lasts then
                mark = passed(marks[i], waits[i] > 0 and period or dues[i] - now, period, amount)
              end
              redis.call('HSET', key, 'd', whole(dues[i]), 'r', whole(returns[i]), 'a', whole(amount),
                  'p', whole(period), 'm', mark)
              redis.call('PEXPIRE', key, whole((dues[i] - now + (lasts and 86400000000 or period)) / 1000))
            end
            local n = #answer
            answer[n + 1] = dues[i]
            answer[n + 2] = refused and waits[i] or returns[i]
            answer[n + 3] = mark > marks[i] and mark or 0
          end
        end
        return answer
        """),

    /**
     * Corrects what was taken. Arguments: who took; then for each key {@code d} and {@code r} as {@link #TAKE} answered, the cost that was
     * taken, the one that is right, and the period.
     */
    CORRECT("""
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        for i, key in ipairs(KEYS) do
          local first = 5 * i - 3
          local moment, returned = tonumber(ARGV[first]), tonumber(ARGV[first + 1])
          local taken, right, period = tonumber(ARGV[first + 2]), tonumber(ARGV[first + 3]), tonumber(ARGV[first + 4])
          if period == 0 then
            redis.call('ZREM', key, ARGV[1])
          elseif right ~= taken then
            local known = redis.call('HMGET', key, 'd', 'r')
            if known[1] then
              local due, moved = tonumber(known[1]), tonumber(known[2])
              if right > taken then
                due = math.max(due, math.min(math.max(due, now) + right - taken, now + 2 * period))
                redis.call('PEXPIRE', key, string.format('%.0f', (due - now + 86400000000) / 1000))
              else
                local still = math.max(0, math.min(taken - right, moment - math.max(0, moved - returned) - now))
                due, moved = due - still, moved + still
              end
              redis.call('HSET', key, 'd', string.format('%.0f', due), 'r', string.format('%.0f', moved))
            end
          end
        end
        return 1
        """),

    /** Makes a counter that is not there. Arguments: how far it is ahead, the amount, the period, the mark. Answers how far it is ahead. */
    SEED("""
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local due = tonumber(redis.call('HGET', KEYS[1], 'd'))
        if not due then
          if tonumber(ARGV[1]) < 0 then return -1 end
          due = now + ARGV[1]
          redis.call('HSET', KEYS[1], 'd', string.format('%.0f', due), 'r', string.format('%.0f', now),
              'a', ARGV[2], 'p', ARGV[3], 'm', ARGV[4])
          redis.call('PEXPIRE', KEYS[1], string.format('%.0f', (due - now + 86400000000) / 1000))
        end
        return math.max(0, due - now)
        """),

    /** Says that somebody is not dead. Arguments: for how long, whether also who is not there; then who. */
    ALIVE("""
        local time = redis.call('TIME')
        local until_then = string.format('%.0f', time[1] * 1000000 + time[2] + ARGV[1])
        for i = 3, #ARGV do
          if ARGV[2] == '1' then
            redis.call('ZADD', KEYS[1], until_then, ARGV[i])
          else
            redis.call('ZADD', KEYS[1], 'XX', until_then, ARGV[i])
          end
        end
        redis.call('PEXPIRE', KEYS[1], string.format('%.0f', 2 * ARGV[1] / 1000))
        return 1
        """);

    private final String text;
    private final String sha;

    RedisScript(String text) {
        this.text = text;
        try {
            sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    String text() {
        return text;
    }

    /** By which Redis knows it. */
    String sha() {
        return sha;
    }
}
