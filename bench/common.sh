# What bench/run and bench/profile share: finding and building, starting and ending, asking /proc. To be sourced by bash.
# Everything started is in `started` until it has ended, and is ended by its pid, however the script ends.

set -Eeuo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tmp=$(mktemp -d -t gotthard-bench.XXXXXX)
# The embedded database may run as another user than the one who calls us, and must get to its data.
chmod 755 "$tmp"

connections=32
events_per_stream=102 # 100 chunks, one with the usage, and [DONE]
ticks_per_second=$(getconf CLK_TCK)
export BENCH_KEY=gotthard-bench-$RANDOM$RANDOM$RANDOM
# The flags Gotthard is run with by default; whoever changes them here measures something else than what people run.
default_java_opts="-Xmx1g -XX:+UseSerialGC -XX:+UseCompactObjectHeaders"
default_java_opts+=" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
read -ra java_opts <<<"${JAVA_OPTS:-$default_java_opts}"
read -ra replacement <<<"${BENCH_GOTTHARD:-}"

declare -A started
# If this shell is killed without a chance to clean up, its children go too.
tied=()
if command -v setpriv >/dev/null; then tied=(setpriv --pdeathsig TERM --); fi

say() { printf '%s\n' "$*" >&2; }

die() {
    say "bench: $*"
    exit 1
}

need() {
    command -v "$1" >/dev/null || die "$1 is not here; on Debian: apt-get install $2"
}

clean_up() {
    local status=$? pid
    trap '' INT TERM HUP
    for pid in "${!started[@]}"; do stop "$pid"; done
    if ((status == 1)) && [[ -n $(ls -A "$tmp" 2>/dev/null) ]]; then
        say "bench: the logs are in $tmp"
    else
        rm -rf "$tmp"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'say "bench: failed in line $LINENO: $BASH_COMMAND"; exit 1' ERR
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- processes ------------------------------------------------------------------------------------------------------

# spawn <name> <command…>: starts it with its output in <name>.log, and leaves its pid in `spawned`.
spawn() {
    local name=$1
    shift
    : >"$tmp/$name.log" # before the child is there to make it, or who looks into it at once finds none
    "${tied[@]}" "$@" >"$tmp/$name.log" 2>&1 </dev/null &
    spawned=$!
    started[$spawned]=$name
}

alive() { kill -0 "$1" 2>/dev/null; }

# await <pid>: its own end; passes its exit status on.
await() {
    local status=0
    wait "$1" || status=$?
    unset "started[$1]"
    return "$status"
}

# A process that ends while this reads is no failure.
every_stat() { cat /proc/[0-9]*/stat 2>/dev/null || true; }

# family <pid>: it and all its descendants.
family() {
    every_stat | awk -v root="$1" '
        { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2 }
        END {
            for (pid in parent) {
                for (p = pid; p != root && p in parent; p = parent[p]);
                if (p == root) print pid
            }
        }'
}

# stop <pid>: politely, and by force after fifteen seconds; then also what it had started.
stop() {
    local pid=$1 members member i
    unset "started[$pid]"
    alive "$pid" || return 0
    members=$(family "$pid")
    kill -TERM "$pid" 2>/dev/null || true
    for ((i = 0; i < 150; i++)); do
        alive "$pid" || break
        sleep 0.1
    done
    for member in $members; do
        if alive "$member"; then kill -KILL "$member" 2>/dev/null || true; fi
    done
    wait "$pid" 2>/dev/null || true
}

# free_port <variable>: below the ports the kernel gives to outgoing connections, so that none of ours takes it first.
free_port() {
    local port i
    for ((i = 0; i < 100; i++)); do
        port=$((20000 + RANDOM % 10000))
        if ! listening "$port"; then
            printf -v "$1" '%s' "$port"
            return
        fi
    done
    die "no free port"
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# cpu_ticks <pid>: user and system time of the process, its descendants, and the children they have waited for.
cpu_ticks() {
    every_stat | awk -v root="$1" '
        { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2; ticks[pid] = $12 + $13 + $14 + $15 }
        END {
            for (pid in parent) {
                for (p = pid; p != root && p in parent; p = parent[p]);
                if (p == root) sum += ticks[pid]
            }
            print sum + 0
        }'
}

# rss_mb <pid>: resident memory of it and its descendants, in `mb`. Pages that two of them share count twice, which is no
# flattery.
rss_mb() {
    local pid
    mb=$(for pid in $(family "$1"); do
        cat "/proc/$pid/smaps_rollup" 2>/dev/null || sed -n 's/^VmRSS:/Rss:/p' "/proc/$pid/status" 2>/dev/null || true
    done | awk '$1 == "Rss:" { sum += $2 } END { printf "%d", sum / 1024 }')
}

# --- building -------------------------------------------------------------------------------------------------------

find_jdk() {
    local home on_path
    on_path=$(readlink -f "$(command -v java || true)" || true)
    for home in "${JAVA_HOME:-}" "${on_path%/bin/java}" /usr/lib/jvm/* /opt/* "$HOME"/.sdkman/candidates/java/* \
        "$HOME"/.jdks/* "$HOME"/.jenv/versions/* "$HOME"/.asdf/installs/java/* "$HOME"/.m2/jdks/*; do
        [[ -x $home/bin/java && -x $home/bin/javac ]] || continue
        if (($(java_version "$home") >= 25)); then
            jdk=$home
            return
        fi
    done
    die "no JDK 25 or later is here; set JAVA_HOME (Eclipse Temurin: Debian package temurin-25-jdk)"
}

java_version() {
    "$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p' | grep . || echo 0
}

build() {
    local modules=bench
    ((${#replacement[@]})) || modules=verticles/platform,bench
    need mvn maven
    say "building $modules …"
    spawn build env -C "$root" mvn -q -B -DskipTests -pl "$modules" -am compile dependency:build-classpath \
        -Dmdep.outputFile=target/classpath -DincludeScope=runtime
    await "$spawned" || die "the build failed: $(tail -40 "$tmp/build.log")"
}

class_path() { printf '%s' "$root/$1/target/classes:$(cat "$root/$1/target/classpath")"; }

bench_java() {
    printf '%s\0' "$jdk/bin/java" -Xmx256m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
        --sun-misc-unsafe-memory-access=allow -cp "$(class_path bench)"
}

# --- the three servers ----------------------------------------------------------------------------------------------

start_mock() {
    mapfile -d '' -t bench_java < <(bench_java)
    start_upstream mock io.gotthard.bench.MockUpstream
    mock_pid=$spawned mock_port=$upstream_port
}

# start_upstream <name> <class>: starts an upstream of ours, with its output in <name>.log; leaves `spawned` and `upstream_port`.
start_upstream() {
    local i
    spawn "$1" "${bench_java[@]}" "$2"
    for ((i = 0; i < 300; i++)); do
        upstream_port=$(sed -n 's/^port=//p' "$tmp/$1.log" | head -n 1)
        [[ -z $upstream_port ]] || return 0
        alive "$spawned" || break
        sleep 0.1
    done
    die "the upstream $1 did not start: $(tail -3 "$tmp/$1.log")"
}

start_nginx() {
    local i user=''
    if ((EUID == 0)); then user="user $(id -un) $(id -gn);"; fi
    free_port nginx_port
    mkdir "$tmp/nginx"
    cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off;
$user
pid $tmp/nginx/pid;
error_log $tmp/nginx/error.log warn;
worker_processes 2;
worker_rlimit_nofile $(ulimit -n);
events { worker_connections 16384; }
http {
    client_body_temp_path $tmp/nginx/body;
    proxy_temp_path $tmp/nginx/proxy;
    fastcgi_temp_path $tmp/nginx/fastcgi;
    uwsgi_temp_path $tmp/nginx/uwsgi;
    scgi_temp_path $tmp/nginx/scgi;
    log_format gateway '\$time_iso8601 \$request_id "\$request" \$status '
                       '\$request_time \$upstream_header_time \$bytes_sent';
    access_log $tmp/nginx/access.log gateway buffer=64k flush=1s;
    keepalive_requests 100000000;
    upstream mock {
        server 127.0.0.1:$mock_port;
        keepalive 256;
        keepalive_requests 100000000;
    }
    server {
        listen 127.0.0.1:$nginx_port backlog=4096 reuseport;
        location / {
            proxy_pass http://mock;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }
    }
}
CONF
    spawn nginx nginx -p "$tmp/nginx" -c "$tmp/nginx/nginx.conf" -e "$tmp/nginx/error.log"
    nginx_pid=$spawned
    for ((i = 0; i < 100; i++)); do
        if listening "$nginx_port"; then return 0; fi
        alive "$nginx_pid" || break
        sleep 0.05
    done
    die "nginx did not start: $(tail -3 "$tmp/nginx.log" "$tmp/nginx/error.log" 2>/dev/null)"
}

# start_gotthard [java flags…]: starts it on the data directory there is, waits until it has answered a chat request and
# says that it is ready, and leaves in `first_answer_ms` the time from its start to that answer. A script may want `more_sections` of
# the configuration, `more_metering`, `more_upstreams` and `more_models`.
start_gotthard() {
    local began ended deadline=$((SECONDS + 90)) command name=${name:-gotthard}
    [[ -n ${gotthard_port:-} ]] || free_port gotthard_port
    cat >"$tmp/$name.yaml" <<CONF
metering: {enabled: $([[ $name == plain ]] && echo false || echo true)${more_metering:-}}
${more_sections:-}
upstreams:
  mock: {protocol: openai, url: "http://127.0.0.1:$mock_port/v1", key: "x"}
${more_upstreams:-}
models:
  bench: {kind: chat, targets: [{upstream: mock, model: bench}], price: {input: 0.15, output: 0.6}}
  bench-delayed: {kind: chat, targets: [{upstream: mock, model: bench-delayed}], price: {input: 0.15, output: 0.6}}
  bench-slow: {kind: chat, targets: [{upstream: mock, model: bench-slow}], price: {input: 0.15, output: 0.6}}
${more_models:-}
CONF
    export GOTTHARD_HOST=127.0.0.1 GOTTHARD_PORT=$gotthard_port GOTTHARD_DATA=$tmp/$name-data \
        GOTTHARD_CONFIG=$tmp/$name.yaml GOTTHARD_ADMIN_KEY=$BENCH_KEY
    if ((${#replacement[@]})); then
        command=("${replacement[@]}")
    else
        command=("$jdk/bin/java" "${java_opts[@]}" "$@" -cp "$(class_path verticles/platform)")
        command+=(io.gotthard.platform.Main)
    fi
    began=$EPOCHREALTIME
    spawn "$name" "${command[@]}"
    gotthard_pid=$spawned
    # Until something listens this asks without curl: on two cores, fifty curls a second would slow the start.
    until { exec 3<>"/dev/tcp/127.0.0.1/$gotthard_port"; } 2>/dev/null; do
        still_starting "$deadline"
        sleep 0.02
    done
    exec 3>&-
    until [[ $(ask "$gotthard_port" json) == 200 ]]; do
        still_starting "$deadline"
        sleep 0.02
    done
    ended=$EPOCHREALTIME
    first_answer_ms=$(((${ended/./} - ${began/./}) / 1000))
    until [[ $(curl -s -m 5 -o "$tmp/ready.txt" -w '%{http_code}' "http://127.0.0.1:$gotthard_port/readyz") == 200 ]]; do
        still_starting "$deadline"
        sleep 0.1
    done
}

# Starts another Gotthard beside the first, which does not meter: `plain_pid` and `plain_port`.
start_plain() {
    local name=plain gotthard_pid gotthard_port first_answer_ms
    free_port gotthard_port
    start_gotthard
    plain_pid=$gotthard_pid plain_port=$gotthard_port
}

# hub <method> <path> <body>: asks Gotthard's native API as the administrator, and prints the answer.
hub() {
    curl -s -S -m 10 --fail-with-body -X "$1" "http://127.0.0.1:$gotthard_port/api/v1$2" -H "Authorization: Bearer $BENCH_KEY" \
        -H 'Content-Type: application/json' -d "$3" || die "$1 $2 was refused"
}

still_starting() {
    alive "$gotthard_pid" || die "Gotthard ended while starting: $(tail -5 "$tmp/gotthard.log")"
    ((SECONDS < $1)) || die "Gotthard did not become ready: $(cat "$tmp/ready.txt" 2>/dev/null || tail -5 "$tmp/gotthard.log")"
}

# --- asking -------------------------------------------------------------------------------------------------------

# ask <port> <json|stream>: one chat request; prints the status, and leaves the body in answer.txt.
ask() {
    local stream=false
    [[ $2 == json ]] || stream=true
    curl -s -m 10 -o "$tmp/answer.txt" -w '%{http_code}' "http://127.0.0.1:$1/v1/chat/completions" \
        -H "Authorization: Bearer $BENCH_KEY" -H 'Content-Type: application/json' -d '{"model": "bench",
        "stream": '$stream', "messages": [{"role": "user", "content": "Is the pass open?"}]}' || true
}

# check <name> <port>: both kinds of answer arrive whole, or what is measured would be worth nothing.
check() {
    local status chunks
    status=$(ask "$2" json)
    [[ $status == 200 ]] && grep -q '"usage"' "$tmp/answer.txt" || die "$1 answers $status: $(head -c 300 "$tmp/answer.txt")"
    status=$(ask "$2" stream)
    chunks=$(grep -c '^data: {' "$tmp/answer.txt" || true)
    [[ $status == 200 && $chunks == 100 ]] && grep -q '^data: \[DONE\]' "$tmp/answer.txt" ||
        die "$1 streams $chunks of 100 chunks, status $status: $(tail -c 300 "$tmp/answer.txt")"
}

# load <port> <json|stream> <seconds>: runs wrk; leaves its figures in `requests took p50 p99`.
load() {
    local word status_errors socket_errors
    spawn wrk wrk -t1 -c"$connections" -d"$3"s --timeout 10s -s "$root/bench/chat.lua" \
        "http://127.0.0.1:$1/v1/chat/completions" -- "$2"
    await "$spawned" || die "wrk failed: $(tail -3 "$tmp/wrk.log")"
    read -r word requests took p50 p99 status_errors socket_errors < <(grep '^RESULT ' "$tmp/wrk.log") ||
        die "wrk said: $(tail -3 "$tmp/wrk.log")"
    [[ $word == RESULT ]] && ((requests > 0)) || die "no answer arrived from port $1"
    ((status_errors == 0)) || die "$status_errors of $requests answers from port $1 were refusals"
    ((socket_errors == 0)) || say "  note: $socket_errors socket errors in this run"
}

# How many events of streams the mock has sent so far.
events_sent() {
    local asked events
    read -r asked events < <(curl -s -m 5 "http://127.0.0.1:$mock_port/counts") || die "the mock does not answer"
    echo "$events"
}

# warm_up <name> <pid> <port> <json|stream> <rounds>: loads until the JIT compilers have little left to do, that is until
# three more seconds make a request not even 5 % cheaper, but at most so many rounds.
warm_up() {
    local round before spent last=0
    for ((round = 1; round <= $5; round++)); do
        before=$(cpu_ticks "$2")
        load "$3" "$4" 3
        spent=$((($(cpu_ticks "$2") - before) * 1000000 / requests))
        if ((round > 2 && spent * 100 >= last * 95)); then return 0; fi
        last=$spent
    done
    (($5 < 5)) || say "  note: $1 was still getting faster when the warm-up ended ($4)"
}
