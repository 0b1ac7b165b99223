#!/bin/sh
# The paper path of the virtual printer: ippeveprinter runs it once per document, $1 is the file.
# It stands in the printer's folder, beside `faults` (one IPP keyword a line), `pace` (tenths of a
# second per page) and `out` (the finished papers, one file per copy, numbered, neutral names).
# Standard error speaks ippeveprinter's language: STATE: sets printer-state-reasons, ATTR: counts.
umask 077  # the papers have names in them
here=${0%/*}
shown="not yet"

report() {
    faults=$(paste -s -d, "$here/faults" 2>/dev/null)
    [ "$faults" = "$shown" ] && return
    shown=$faults
    # A list without + or - replaces all reasons; "none" is no keyword and so empties it.
    echo "STATE: ${faults:-none}" >&2
}

blocked() {
    case ",$shown," in
    *,media-empty,* | *,media-jam,* | *,cover-open,*) return 0 ;;
    *) return 1 ;;
    esac
}

# ippeveprinter notes a cancel and lets its command run on: ask, or cancelled pages come out.
# No answer is no leave to print: ask again.
stop_if_cancelled() {
    while :; do
        reasons=$(ipptool -c -d "job=$IPP_JOB_ID" "$IPP_JOB_PRINTER_URI" "$here/job.test" \
            2>/dev/null)
        case $reasons in
        *processing-to-stop-point*)
            rm -f "$1"
            exit 0
            ;;
        *job-state-reasons*) return ;;
        esac
        sleep 0.1
    done
}

report
# Not a document: the virtual printer asks to have its faults shown while it is idle.
[ "$(head -c 16 "$1")" = "%PDF-relais-twin" ] && exit 0

pages=$(pdfinfo "$1" 2>/dev/null | sed -n 's/^Pages: *//p')
pages=${pages:-1}
echo "ATTR: job-impressions=$pages job-impressions-completed=0" >&2
page=0
while [ "$page" -lt "$pages" ]; do
    ticks=$(cat "$here/pace" 2>/dev/null)
    ticks=${ticks:-0}
    while [ "$ticks" -gt 0 ] || blocked; do
        sleep 0.1
        stop_if_cancelled "$1"
        report
        blocked || ticks=$((ticks - 1))
    done
    page=$((page + 1))
    echo "ATTR: job-impressions-completed=$page" >&2
    report
done

stop_if_cancelled "$1"
mkdir -p "$here/out"
copy=0
while [ "$copy" -lt "${IPP_COPIES:-1}" ]; do
    number=$(find "$here/out" -name '[0-9]*' | wc -l)
    paper=$(printf '%s/out/%04d.%s' "$here" "$((number + 1))" "${1##*.}")
    cp "$1" "$here/out/.part" && mv "$here/out/.part" "$paper"
    copy=$((copy + 1))
done
rm -f "$1"
