/* wire: length prefix and headers in front of requests and responses. */
#include "wire/frame.h"

enum kc_err request_head_read(struct reader *reader, struct request_head *ret_head)
{
    struct request_head head = { .client_id = SLICE_NULL };

    head.key = read_i16(reader);
    head.version = read_i16(reader);
    head.correlation_id = read_i32(reader);
    head.api = api_find(head.key);
    if (head.api && head.version >= head.api->version_min &&
        head.version <= head.api->version_max) {
        /* The client id keeps its int16 length in the flexible header too. */
        head.client_id = read_string(reader, false);
        if (api_request_header_version(head.api, head.version) >= 2) {
            read_tags(reader);
        }
    }
    if (!reader->err) {
        *ret_head = head;
    }
    return reader->err;
}

enum kc_err response_head_read(struct reader *reader, const struct api *api, int16_t version,
                               int32_t *ret_correlation_id)
{
    int32_t correlation_id = read_i32(reader);

    if (api_response_header_version(api, version) >= 1) {
        read_tags(reader);
    }
    if (!reader->err) {
        *ret_correlation_id = correlation_id;
    }
    return reader->err;
}

/* What a failed frame has to give back. */
struct frame_mark {
    size_t size;
    size_t splice_count;
    size_t spliced_size;
    size_t position;
};

static struct frame_mark frame_begin(struct writer *writer)
{
    struct frame_mark mark = { .size = writer->out ? writer->out->size : 0,
                               .splice_count = writer->splice_count,
                               .spliced_size = writer->spliced_size };
    write_i32(writer, 0);
    mark.position = writer_position(writer);
    return mark;
}

static enum kc_err frame_end(struct writer *writer, const struct frame_mark *mark)
{
    size_t size = writer_position(writer) - mark->position;

    if (!writer->err && size > INT32_MAX) {
        writer_fail(writer, KC_ERR_TOO_LARGE);
    }
    if (writer->out && writer->err) {
        writer->out->size = mark->size;
        writer->splice_count = mark->splice_count;
        writer->spliced_size = mark->spliced_size;
    } else if (writer->out) {
        store_u32(writer->out->data + mark->size, (uint32_t)size);
    }
    return writer->err;
}

enum kc_err request_write(struct writer *writer, const struct api *api, int16_t version,
                          int32_t correlation_id, struct slice client_id, const void *request)
{
    struct frame_mark mark = frame_begin(writer);

    write_i16(writer, api->key);
    write_i16(writer, version);
    write_i32(writer, correlation_id);
    write_string(writer, client_id, false);
    if (api_request_header_version(api, version) >= 2) {
        write_uvarint(writer, 0);
    }
    (void)message_encode(api->request, version, request, writer);
    return frame_end(writer, &mark);
}

enum kc_err response_write(struct writer *writer, const struct api *api, int16_t version,
                           int32_t correlation_id, const void *response)
{
    struct frame_mark mark = frame_begin(writer);

    write_i32(writer, correlation_id);
    if (api_response_header_version(api, version) >= 1) {
        write_uvarint(writer, 0);
    }
    (void)message_encode(api->response, version, response, writer);
    return frame_end(writer, &mark);
}
