"""Users, projects, endpoints, and an image in every state that a client can meet. Ids and bytes are always the same.

All of it is made here, before the first test: tests run side by side, and what one of them made would be in the lists of
the others.
"""
import hashlib
import http.client
import json
import os
import random
import sqlite3
import urllib.parse
import uuid

MIB = 1 << 20
SIZES = {'small': MIB, 'odd': 3 * MIB + 12345, 'big': 160 * MIB, 'empty': 0}
APPCRED_SECRET = 'demo-appcred-secret'
TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'  # base32, as that of RFC 6238's examples

# name, content, owner, visibility, what is done to it, and what else is said of it: `key` where the name is not enough,
# `created`, `member` (what demo thinks of a share), and properties
IMAGES = [
    ('small-raw', 'small', 'admin', 'public', None),
    ('odd-raw', 'odd', 'admin', 'public', None),
    ('big-raw', 'big', 'admin', 'public', None),
    ('empty', 'empty', 'admin', 'public', None),
    ('queued', None, 'demo', 'private', None),
    ('private-demo', 'small', 'demo', 'private', None),
    ('private-other', 'small', 'other', 'private', None),
    ('shared-other', 'small', 'other', 'shared', 'share'),
    ('community-other', 'small', 'other', 'community', None),
    ('hidden-public', 'small', 'admin', 'public', 'hide'),
    ('deactivated', 'small', 'admin', 'public', 'deactivate'),
    ('no-hashes', 'odd', 'admin', 'public', 'checksum=NULL, os_hash_algo=NULL, os_hash_value=NULL'),  # ancient rows
    ('md5-only', 'odd', 'admin', 'public', 'os_hash_algo=NULL, os_hash_value=NULL'),  # before Rocky
    ('sha-only', 'odd', 'admin', 'public', 'checksum=NULL'),  # hosts in FIPS mode
    ('sha256-algo', 'odd', 'admin', 'public', "os_hash_algo='sha256', os_hash_value='{sha256}'"),
    ('weird-algo', 'odd', 'admin', 'public', "os_hash_algo='shake_999'"),
    ('corrupt', 'odd', 'admin', 'public', 'flip'),  # one bit is wrong in the store
    ('truncated', 'odd', 'admin', 'public', 'truncate'),  # the store's file is too short
    ('truncated-no-hashes', 'odd', 'admin', 'public', 'truncate checksum=NULL, os_hash_algo=NULL, os_hash_value=NULL'),
    ('lost-data', 'odd', 'admin', 'public', 'unlink'),  # the store's file is gone
    ('duplicate', 'small', 'admin', 'public', None),
    ('duplicate', 'odd', 'admin', 'public', None),
    ('spaces and/slash \u00e9\u2713', 'small', 'admin', 'public', None),
    ('../../evil', 'small', 'admin', 'public', None),
    ('golden-1', 'small', 'admin', 'public', None,
     {'tags': ['golden'], 'os_distro': 'debian', 'disk_format': 'qcow2'}),
    ('golden-2', 'odd', 'demo', 'private', None, {'tags': ['golden', 'lab'], 'os_distro': 'ubuntu'}),
    # The newest of all, but nobody's here.
    ('golden-3', 'odd', 'other', 'community', None, {'tags': ['golden'], 'os_distro': 'debian'}),
    # As Nova makes it of a server whose disk is a volume: the data are in a snapshot of the volume.
    ('vm-snapshot', 'empty', 'demo', 'private', None,
     {'block_device_mapping': '[{"source_type": "snapshot", "snapshot_id": "5b0e2c9a-1a2b-4c3d-8e4f-0a1b2c3d4e5f"}]'}),
    ('signed', 'small', 'admin', 'public', 'sign'),
]

# The same; they are told apart so that what else is counted stays as it is. Of one name, each newer than the one before
# it: which of them does somebody get who takes the newest?
CHOICES = [
    ('colon:name', 'small', 'demo', 'private', None),
    ('choice', 'small', 'admin', 'public', None, {'key': 'choice-public', 'created': '2026-01-01', 'tags': ['choice']}),
    ('choice', 'odd', 'demo', 'private', None, {'key': 'choice-own', 'created': '2026-01-02', 'os_distro': 'choice'}),
    ('choice', None, 'demo', 'private', None, {'key': 'choice-queued', 'created': '2026-01-03'}),
    ('choice', 'small', 'other', 'community', None, {'key': 'choice-community', 'created': '2026-01-04'}),
    ('choice', 'small', 'other', 'shared', 'share', {'key': 'choice-pending', 'created': '2026-01-05'}),
    ('choice', 'small', 'other', 'shared', 'share',
     {'key': 'choice-rejected', 'created': '2026-01-06', 'member': 'rejected'}),
    ('choice', 'small', 'other', 'shared', None, {'key': 'choice-with-nobody', 'created': '2026-01-07'}),
    ('choice', 'small', 'other', 'private', None, {'key': 'choice-foreign', 'created': '2026-01-08'}),
    ('choice-share', 'small', 'admin', 'public', None, {'key': 'choice-share-old', 'created': '2026-01-01'}),
    ('choice-share', 'odd', 'other', 'shared', 'share', {'created': '2026-01-02', 'member': 'accepted'}),
]

# The sandbox has these too, with the same tag: what do its lists show of them, and those of the real Glance?
RULE = {'tags': ['rule'], 'os_distro': 'none'}
RULES = [
    ('in:the-name', None, 'demo', 'private', None, RULE),
    ('odd:operator', None, 'demo', 'private', None, RULE),
    ('a name, with a comma', None, 'demo', 'private', None, RULE),
    ('hidden-own', None, 'demo', 'private', 'hide', RULE),
    ('community-own', None, 'demo', 'community', None, RULE),
    ('community-foreign', None, 'other', 'community', None, RULE),
    ('shared-own', None, 'demo', 'shared', None, RULE),
    ('shared-accepted', None, 'other', 'shared', 'share', {'member': 'accepted', **RULE}),
    ('shared-pending', None, 'other', 'shared', 'share', RULE),
    ('shared-rejected', None, 'other', 'shared', 'share', {'member': 'rejected', **RULE}),
    ('shared-with-nobody', None, 'other', 'shared', None, RULE),
    ('private-foreign', None, 'other', 'private', None, RULE),
]

SIGNATURE = {'img_signature': 'c2lnbmF0dXJl', 'img_signature_hash_method': 'SHA-256',
             'img_signature_key_type': 'RSA-PSS',
             'img_signature_certificate_uuid': '7f4d3c1a-5b0e-4a44-9c67-0a3e5e6f1b22'}


def call(url, method, path, body=None, token=None, headers=None, ok=(200, 201, 202, 204)):
    headers = dict(headers or {})
    if token:
        headers['X-Auth-Token'] = token
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        headers.setdefault('Content-Type', 'application/json')
    base = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=600)
    connection.request(method, base.path + path, body, headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    if response.status not in ok:
        raise RuntimeError('%s %s%s: %s %s' % (method, url, path, response.status, data[:500]))
    return (json.loads(data) if data else None), response.headers


def login(keystone, user, password, project):
    answer, headers = call(keystone, 'POST', '/auth/tokens', {'auth': {
        'identity': {'methods': ['password'], 'password': {'user': {
            'name': user, 'domain': {'name': 'Default'}, 'password': password}}},
        'scope': {'project': {'name': project, 'domain': {'name': 'Default'}}}}})
    return headers['X-Subject-Token'], answer['token']


def seed(d, urls):
    people = seed_keystone(urls)
    contents = {name: make_content(d, name, size) for name, size in SIZES.items()}
    groups = {'rules': RULES, 'images': IMAGES, 'choices': CHOICES}
    return dict(people, **{group: seed_images(d, urls, people, contents, rows) for group, rows in groups.items()})


def seed_keystone(urls):
    k = urls['keystone']
    admin, token = login(k, 'admin', 'admin-pw', 'admin')

    def make(kind, plural, **attributes):
        return call(k, 'POST', '/' + plural, {kind: attributes}, token=admin)[0][kind]['id']

    roles = {r['name']: r['id'] for r in call(k, 'GET', '/roles', token=admin)[0]['roles']}
    projects = {'admin': token['project']['id']}
    for name in ('service', 'demo', 'other'):
        projects[name] = make('project', 'projects', name=name, domain_id='default')
    users = {}
    for name, project, role in (('glance', 'service', 'admin'), ('demo', 'demo', 'member'), ('other', 'other', 'member'),
                                ('norole', None, None), ('mfa', 'demo', 'member')):
        users[name] = make('user', 'users', name=name, domain_id='default', password=name + '-pw')
        if role:
            call(k, 'PUT', '/projects/%s/users/%s/roles/%s' % (projects[project], users[name], roles[role]), token=admin)
    # For log-ins with the scope of a domain, as an administrator sets it up.
    call(k, 'PUT', '/domains/default/users/%s/roles/%s' % (users['other'], roles['member']), token=admin)
    call(k, 'POST', '/credentials', {'credential': {'type': 'totp', 'user_id': users['mfa'], 'blob': TOTP_SECRET}}, token=admin)
    call(k, 'PATCH', '/users/' + users['mfa'], {'user': {'options': {
        'multi_factor_auth_enabled': True, 'multi_factor_auth_rules': [['password', 'totp']]}}}, token=admin)
    seed_federation(k, admin, projects['demo'], roles['member'])

    service = make('service', 'services', name='glance', type='image')
    one = urls['glance']['eventlet']
    regions = [('RegionOne', i, one) for i in ('public', 'internal', 'admin')] + [
        ('RegionTwo', 'public', one + '/v2'), ('RegionUwsgi', 'public', urls['glance']['uwsgi']),
        ('RegionCache', 'public', urls['glance']['cache']), ('RegionNoRange', 'public', urls['glance']['norange']),
        ('RegionDead', 'public', 'http://127.0.0.1:9')]
    for region, interface, url in regions:
        if region != 'RegionOne':  # bootstrap made that one
            make('region', 'regions', id=region)
        make('endpoint', 'endpoints', service_id=service, interface=interface, url=url, region_id=region)
    # A region of the catalog where other services are, but no image service.
    make('region', 'regions', id='RegionNoImage')
    make('endpoint', 'endpoints', service_id=make('service', 'services', name='nova', type='compute'),
         interface='public', url='http://127.0.0.1:9', region_id='RegionNoImage')

    demo, _ = login(k, 'demo', 'demo-pw', 'demo')
    other, _ = login(k, 'other', 'other-pw', 'other')
    credential, _ = call(k, 'POST', '/users/%s/application_credentials' % users['demo'], {
        'application_credential': {'name': 'imgdl', 'secret': APPCRED_SECRET}}, token=demo)
    revoked, _ = login(k, 'demo', 'demo-pw', 'demo')
    call(k, 'DELETE', '/auth/tokens', token=revoked, headers={'X-Subject-Token': revoked})
    return {'projects': projects, 'users': users, 'tokens': {'admin': admin, 'demo': demo, 'other': other, 'revoked': revoked},
            'applicationCredential': {'id': credential['application_credential']['id'], 'name': 'imgdl',
                                      'secret': APPCRED_SECRET},
            'totpSecret': TOTP_SECRET}


def seed_federation(k, admin, project, role):
    """The identity provider `idp`: whoever it vouches for (keystone_wsgi.py) is a member of the project."""
    group = call(k, 'POST', '/groups', {'group': {'name': 'federated', 'domain_id': 'default'}}, token=admin)[0]['group']['id']
    call(k, 'PUT', '/projects/%s/groups/%s/roles/%s' % (project, group, role), token=admin)
    f = '/OS-FEDERATION/'
    call(k, 'PUT', f + 'identity_providers/idp', {'identity_provider': {
        'enabled': True, 'remote_ids': ['http://idp.imgdl.invalid']}}, token=admin)
    call(k, 'PUT', f + 'mappings/claims', {'mapping': {'rules': [{
        'local': [{'user': {'name': '{0}'}}, {'group': {'id': group}}], 'remote': [{'type': 'HTTP_OIDC_SUB'}]}]}}, token=admin)
    call(k, 'PUT', f + 'identity_providers/idp/protocols/openid', {'protocol': {'mapping_id': 'claims'}}, token=admin)


def make_content(d, name, size):
    """Random but always the same bytes, as a file with its digests."""
    path = '%s/content-%s' % (d, name)
    source, sums = random.Random(name), {a: hashlib.new(a) for a in ('md5', 'sha256', 'sha512')}
    with open(path, 'wb') as f:
        for at in range(0, size, MIB):
            block = source.randbytes(min(MIB, size - at))
            f.write(block)
            for s in sums.values():
                s.update(block)
    return dict({a: s.hexdigest() for a, s in sums.items()}, file=path, size=size)


def seed_images(d, urls, people, contents, rows):
    g = urls['glance']['eventlet']
    tokens, admin = people['tokens'], people['tokens']['admin']
    database = sqlite3.connect(d + '/glance.sqlite', timeout=30, isolation_level=None)
    images = {}
    for name, content, owner, visibility, action, *more in rows:
        more = dict(*more)
        key = more.pop('key', name if name not in images else name + '-2')
        created, member = more.pop('created', None), more.pop('member', None)
        iid = str(uuid.uuid5(uuid.NAMESPACE_DNS, key + '.imgdl.invalid'))
        images[key] = {'id': iid, 'name': name, **(contents[content] if content else {'file': None, 'size': None})}
        call(g, 'POST', '/v2/images', {'id': iid, 'name': name, 'disk_format': 'raw', 'container_format': 'bare',
                                       'visibility': visibility, 'os_hidden': action == 'hide', **more}, token=tokens[owner])
        # A minute apart: of two that were made within a second, nobody knows which is the newer one.
        at = created + ' 00:00:00' if created else '2026-02-01 %02d:%02d:00' % divmod(len(images), 60)
        database.execute('UPDATE images SET created_at=? WHERE id=?', (at + '.000000', iid))
        if action == 'share':
            members = '/v2/images/%s/members' % iid
            call(g, 'POST', members, {'member': people['projects']['demo']}, token=tokens['other'])
            if member:
                call(g, 'PUT', members + '/' + people['projects']['demo'], {'status': member}, token=tokens['demo'])
        if content is None:
            continue
        with open(contents[content]['file'], 'rb') as f:
            call(g, 'PUT', '/v2/images/%s/file' % iid, f, token=tokens[owner], headers={
                'Content-Type': 'application/octet-stream', 'Content-Length': str(contents[content]['size'])})
        stored = '%s/store/%s' % (d, iid)
        words = (action or '').split(' ', 1)
        if words[0] == 'sign':
            # Set before the upload, they would have Glance ask Barbican for the certificate.
            call(g, 'PATCH', '/v2/images/%s' % iid,
                 json.dumps([{'op': 'add', 'path': '/' + k, 'value': v} for k, v in SIGNATURE.items()]), token=admin,
                 headers={'Content-Type': 'application/openstack-images-v2.1-json-patch'})
        elif words[0] == 'deactivate':
            call(g, 'POST', '/v2/images/%s/actions/deactivate' % iid, '', token=admin)
        elif words[0] == 'flip':
            with open(stored, 'r+b') as f:
                f.seek(1000000)
                byte = f.read(1)[0]
                f.seek(1000000)
                f.write(bytes([byte ^ 1]))
        elif words[0] == 'truncate':
            os.truncate(stored, 2 * MIB)
        elif words[0] == 'unlink':
            os.unlink(stored)
        columns = action if action and '=' in words[0] else words[1] if len(words) == 2 else None
        if columns and '=' in columns:
            database.execute('UPDATE images SET %s WHERE id=?' % columns.format(**contents[content]), (iid,))
    return images
